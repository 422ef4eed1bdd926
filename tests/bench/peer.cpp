#include "peer.hpp"

#include <am/afexec.h>
#include <am/await.h>
#include <unistd.h>

#include <string>

#include "measure.hpp"

namespace chorus::bench {

Peer &Peer::started() {
    static Peer only;
    return only;
}

Peer::Peer() {
    int ends[2];
    must(pipe(ends) == 0, "pipe");
    std::string program = CHORUS_BENCH_ACTOR;
    std::string number = std::to_string(ends[1]);
    char *arguments[] = {program.data(), number.data(), nullptr};
    aid_ = afexecv(program.c_str(), &capability_, nullptr, arguments);
    must(aid_ > 0, "start of chorus-bench-actor");
    close(ends[1]);
    region_ = one_page();
    must(read(ends[0], &region_.startAddr, sizeof region_.startAddr) == sizeof region_.startAddr,
         "start of chorus-bench-actor");
    close(ends[0]);
    KnRgnDesc here = one_page();
    must(rgnMapFromActor(K_MYACTOR, &here, &capability_, &region_) == K_OK, "rgnMapFromActor");
    pair_ = static_cast<SemaphorePair<KnSem> *>(address_of(here));
}

Peer::~Peer() {
    pair_->ending = true;
    semV(&pair_->there);
    ::await(aid_, nullptr);
}

}  // namespace chorus::bench
