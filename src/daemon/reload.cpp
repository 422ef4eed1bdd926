#include "daemon/reload.hpp"

#include <exec/chTypes.h>
#include <sys/stat.h>

#include <ostream>

#include "client/console.hpp"
#include "daemon/upgrade.hpp"
#include "memory/mapping.hpp"

namespace chorus::daemon {

namespace {

using client::Problem;

int ask(client::Console &console, wire::CallCode code, std::uint32_t value, wire::Descriptor *file = nullptr) {
    wire::Request request{};
    request.value = value;
    wire::Reply reply;
    const int status = console.channel().call(code, request, reply, file);
    if (status == K_EPRIV) throw Problem{"a kernel is replaced by its own user, or by root"};
    return status;
}

Shown look_at(client::Console &console) {
    wire::Descriptor file;
    if (ask(console, wire::CallCode::inspect_journal, 0, &file) != K_OK)
        throw Problem{"the kernel does not show what it knows: it has no memory, or is older than 'reload'"};
    struct stat about {};
    fstat(file.get(), &about);
    const auto size_bytes = static_cast<std::size_t>(about.st_size);
    memory::Mapping mapped;
    if (mapped.map(file.get(), memory::Access::read_only, 0, size_bytes) != K_OK)
        throw Problem{"there is no memory to read what the kernel knows"};
    std::string problem;
    const auto shown = read_shown(mapped.start(), size_bytes, &problem);
    if (!shown) throw Problem{"this version cannot read the journal of the running one: " + problem};
    return *shown;
}

bool is_this_program(const std::string &path) {
    struct stat running {
    }, own{};
    return stat(path.c_str(), &running) == 0 && stat("/proc/self/exe", &own) == 0 && running.st_dev == own.st_dev &&
           running.st_ino == own.st_ino;
}

void replace(client::Console &console) {
    const Shown shown = look_at(console);
    if (!is_this_program(shown.program))
        throw Problem{"the site was started from " + shown.program +
                      ", and this is another file: put the new version there, and run '" + shown.program +
                      " --reload'"};
    if (ask(console, wire::CallCode::reload, shown.number) != K_OK)
        throw Problem{"the running program could not be replaced: the site's log says why"};
}

}  // namespace

int replace_running(const std::string &site, std::ostream &output, std::ostream &errors) {
    try {
        client::Console console(site, client::Missing::report);
        try {
            replace(console);
        } catch (const Problem &problem) {
            throw Problem{problem.text + "; the old one goes on"};
        }
        output << "chorusd: site " << console.site() << " goes on with this program\n";
        return 0;
    } catch (const Problem &problem) {
        errors << "chorusd: " << problem.text << '\n';
        return 1;
    }
}

}  // namespace chorus::daemon
