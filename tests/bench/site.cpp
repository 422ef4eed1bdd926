#include "site.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/console.hpp"
#include "measure.hpp"
#include "wire/message.hpp"

namespace chorus::bench {

Child::Child(int processor, const std::function<void()> &work, int end_signal) : end_signal_(end_signal), pid_(fork()) {
    must(pid_ >= 0, "fork");
    if (pid_ > 0) return;
    prctl(PR_SET_PDEATHSIG, end_signal);
    if (processor != anywhere) pin_to(processor);
    work();
    _exit(1);
}

Child::~Child() {
    kill(pid_, end_signal_);
    waitpid(pid_, nullptr, 0);
}

Pipe::Pipe() {
    int ends[2];
    must(pipe2(ends, O_CLOEXEC) == 0, "pipe");
    from = wire::Descriptor(ends[0]);
    to = wire::Descriptor(ends[1]);
}

namespace {
int sites = 0;
}

Site::Site(int processor, const char *program)
    : name_("bench-" + std::to_string(getpid()) + "-" + std::to_string(++sites)),
      program_(program != nullptr ? program : CHORUS_BENCH_CHORUSD),
      chorusd_(
          processor, [this] { serve(); }, SIGTERM) {
    output_.to.reset();
    char byte;
    must(read(output_.from.get(), &byte, 1) == 1, "start of chorusd");
}

void Site::serve() const {
    dup2(output_.to.get(), STDOUT_FILENO);
    dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
    execl(program_, "chorusd", "--site", name_.c_str(), nullptr);
}

void Site::set_quota(std::uint64_t regions) const {
    constexpr std::uint64_t unlimited = ~std::uint64_t{0};
    client::Console(name_, client::Missing::report)
        .set_quotas({.kind = static_cast<std::uint32_t>(wire::QuotaKind::actor_limit),
                     .uid = 0,
                     .regions = regions,
                     .bytes = unlimited,
                     .actors = unlimited,
                     .calls = unlimited});
}

}  // namespace chorus::bench
