// A hostile actor: it speaks the wire itself, and tries what its capability does not give it.
//
// intruder forge SITE_UID SITE COUNT UNIQUE_ID            forged keys for an actor that lives
// intruder write SITE_UID SITE UNIQUE_ID KEY START OWNER_PID KERNEL_PID
//                                                         to write a page that it may read
// Prints a line for each attempt: what it tried, "refused" and why, or "done".
#include <exec/chTypes.h>
#include <fcntl.h>
#include <mem/chMem.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <random>
#include <string>

#include "wire/message.hpp"
#include "wire/socket.hpp"

using namespace chorus;

namespace {

constexpr std::size_t page = 4096;

class Actor {
  public:
    Actor(unsigned uid, const char *site) : socket_(wire::connect_to(uid, site)) {
        wire::Reply reply{};
        wire::Request request{};
        if (call(wire::CallCode::join, request, reply) != K_OK) std::exit(2);
    }

    int call(wire::CallCode code, wire::Request &request, wire::Reply &reply, wire::Descriptor *descriptor = nullptr) {
        request.prefix = {wire::magic, wire::version, static_cast<std::uint16_t>(code)};
        request.number = ++number_;
        if (!wire::send(socket_.get(), &request, sizeof request)) std::exit(3);
        wire::Received got = wire::receive(socket_.get(), &reply, sizeof reply, wire::Blocking::yes);
        if (got.what != wire::Received::What::message) std::exit(4);
        if (descriptor != nullptr) *descriptor = std::move(got.descriptor);
        return reply.status;
    }

    // A page of another actor, read-only.
    int map(std::uint64_t unique_id, std::uint64_t key, std::uint64_t start, wire::Descriptor *descriptor) {
        wire::Request request{};
        wire::Reply reply{};
        request.target.kind = static_cast<std::uint32_t>(wire::ActorKind::self);
        request.source = {static_cast<std::uint32_t>(wire::ActorKind::capability), 0, unique_id, key};
        request.region.size_bytes = request.source_size_bytes = page;
        request.region.options = K_ANYWHERE;
        request.source_start = start;
        return call(wire::CallCode::map_from_actor, request, reply, descriptor);
    }

  private:
    wire::Descriptor socket_;
    std::uint64_t number_ = 0;
};

int forge(Actor &self, long count, std::uint64_t unique_id) {
    std::mt19937_64 random(static_cast<std::uint64_t>(getpid()));
    long refused = 0;
    for (long i = 0; i < count; ++i) {
        wire::Descriptor descriptor;
        // A right name with a wrong key, and a wrong name.
        const bool named = i % 2 == 0;
        const int status = self.map(named ? unique_id : random(), random(), wire::user_start, &descriptor);
        refused += status == (named ? K_EINVAL : K_EUNKNOWN) && !descriptor ? 1 : 0;
    }
    std::printf("%ld of %ld refused\n", refused, count);
    return refused == count ? 0 : 1;
}

// An attempt fails with an errno, or is done.
void attempt(const char *what, const std::function<bool()> &act) {
    errno = 0;
    if (act())
        std::printf("%s: done\n", what);
    else
        std::printf("%s: refused (%s)\n", what, std::strerror(errno));
}

bool write_at(const std::string &path, std::uint64_t offset, char byte) {
    const wire::Descriptor file(open(path.c_str(), O_RDWR | O_CLOEXEC));
    return file && pwrite(file.get(), &byte, 1, static_cast<off_t>(offset)) == 1;
}

bool trace(pid_t pid) {
    if (ptrace(PTRACE_SEIZE, pid, nullptr, nullptr) != 0) return false;
    ptrace(PTRACE_INTERRUPT, pid, nullptr, nullptr);
    waitpid(pid, nullptr, __WALL);
    ptrace(PTRACE_DETACH, pid, nullptr, nullptr);
    return true;
}

std::string of(pid_t pid, const char *what) {
    return "/proc/" + std::to_string(pid) + "/" + what;
}

void write_what_may_be_read(int file, std::uint64_t start, pid_t owner, pid_t kernel) {
    auto *mapped = static_cast<char *>(mmap(nullptr, page, PROT_READ, MAP_SHARED, file, 0));
    attempt("mprotect", [&] { return mprotect(mapped, page, PROT_READ | PROT_WRITE) == 0; });
    attempt("map writable",
            [&] { return mmap(nullptr, page, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0) != MAP_FAILED; });
    attempt("write to the descriptor", [&] { return pwrite(file, "1", 1, 0) == 1; });
    attempt("truncate", [&] { return ftruncate(file, 0) == 0; });
    attempt("punch a hole", [&] { return fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, page) == 0; });
    attempt("seal", [&] { return fcntl(file, F_ADD_SEALS, F_SEAL_WRITE) == 0; });
    attempt("open again for writing", [&] { return write_at("/proc/self/fd/" + std::to_string(file), 0, '2'); });
    attempt("change the mode of the file", [&] { return fchmod(file, 0666) == 0; });
    attempt("/proc/self/mem", [&] { return write_at("/proc/self/mem", reinterpret_cast<std::uint64_t>(mapped), '3'); });
    attempt("/proc/PID/mem of the owner", [&] { return write_at(of(owner, "mem"), start, '4'); });
    attempt("process_vm_writev to the owner", [&] {
        char byte = '5';
        iovec local{&byte, 1}, remote{reinterpret_cast<void *>(start), 1};
        return process_vm_writev(owner, &local, 1, &remote, 1, 0) == 1;
    });
    attempt("ptrace the owner", [&] { return trace(owner); });
    attempt("ptrace the kernel", [&] { return trace(kernel); });
    attempt("look at the kernel's descriptors", [&] {
        return access(of(kernel, "fd/0").c_str(), F_OK) == 0 && open(of(kernel, "fd").c_str(), O_RDONLY) >= 0;
    });
    attempt("open the kernel's memory", [&] { return open(of(kernel, "mem").c_str(), O_RDWR) >= 0; });
}

}  // namespace

int main(int argc, char **argv) {
    if (argc < 6) return 2;
    const std::string mode = argv[1];
    Actor self(static_cast<unsigned>(std::strtoul(argv[2], nullptr, 10)), argv[3]);
    const auto number = [&](int at) { return std::strtoull(argv[at], nullptr, 0); };
    if (mode == "forge") return forge(self, std::strtol(argv[4], nullptr, 10), number(5));
    if (mode != "write" || argc != 9) return 2;
    wire::Descriptor file;
    if (self.map(number(4), number(5), number(6), &file) != K_OK || !file) return 5;
    write_what_may_be_read(file.get(), number(6), static_cast<pid_t>(number(7)), static_cast<pid_t>(number(8)));
    return 0;
}
