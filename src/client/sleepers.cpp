#include "client/sleepers.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <mutex>
#include <new>

#include "client/thread_id.hpp"
#include "sync/polling.hpp"
#include "wire/message.hpp"
#include "wire/socket.hpp"

namespace chorus::client {

namespace {

void put(std::uint64_t &word, std::uint64_t value) {
    __atomic_store_n(&word, value, __ATOMIC_RELEASE);
}

// Made by the first sleep of a process, and sent when there is a socket to send it on: a program that never sleeps has
// none.
class Page {
  public:
    // Null where there is no room.
    wire::Sleeper *take_slot(std::uint32_t thread) {
        wire::StatusPage *page = page_.load(std::memory_order_acquire);
        if (page == nullptr) page = make();
        if (page == nullptr) return nullptr;
        for (std::uint64_t tried = 0; tried < wire::sleepers_max; ++tried) {
            wire::Sleeper &slot = page->sleepers[(thread + tried) % wire::sleepers_max];
            std::uint64_t free = 0;
            if (__atomic_compare_exchange_n(&slot.thread, &free, thread, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
                return &slot;
        }
        return nullptr;
    }

    void show_at(int socket) {
        const std::lock_guard lock(mutex_);
        socket_ = socket;
        send();
    }

    void forget() {
        if (wire::StatusPage *page = page_.load()) munmap(page, sizeof *page);
        file_.reset();
        new (this) Page;  // the mutex, too: a thread of the parent may have held it
    }

  private:
    wire::StatusPage *make() {
        const std::lock_guard lock(mutex_);
        if (wire::StatusPage *made = page_.load()) return made;
        if (tried_) return nullptr;
        tried_ = true;
        const int saved = errno;
        file_ = wire::Descriptor(memfd_create("chorus-status", MFD_CLOEXEC));
        void *memory = MAP_FAILED;
        if (file_ && ftruncate(file_.get(), sizeof(wire::StatusPage)) == 0)
            memory = mmap(nullptr, sizeof(wire::StatusPage), PROT_READ | PROT_WRITE, MAP_SHARED, file_.get(), 0);
        if (memory != MAP_FAILED) {
            page_.store(static_cast<wire::StatusPage *>(memory), std::memory_order_release);
            send();
        } else {
            file_.reset();
        }
        errno = saved;
        return page_.load();
    }

    void send() {
        if (!file_ || socket_ < 0) return;
        wire::Request request{};
        request.prefix = {wire::magic, wire::version, static_cast<std::uint16_t>(wire::CallCode::show_status)};
        wire::send_now(socket_, &request, sizeof request, file_.get());
        file_.reset();
    }

    std::mutex mutex_;
    std::atomic<wire::StatusPage *> page_{};
    wire::Descriptor file_;  // until it is sent
    int socket_ = -1;
    bool tried_ = false;
};

Page &page() {
    static Page &only = *new Page;  // never destroyed: threads may sleep while the process ends
    return only;
}

}  // namespace

extern "C" {
__attribute__((visibility("default"))) __thread unsigned int _chorusThread = 0;
}

Asleep::Asleep(const KnSem *sem, std::uint64_t &since_ns) : slot_(page().take_slot(this_thread_id())) {
    if (slot_ == nullptr) return;
    const auto now = static_cast<std::uint64_t>(sync::now_ns());
    if (since_ns == 0) since_ns = now;
    put(slot_->since_ns, since_ns);
    put(slot_->queued_ns, now);
    put(slot_->address, reinterpret_cast<std::uintptr_t>(sem));
}

Asleep::~Asleep() {
    if (slot_ == nullptr) return;
    put(slot_->address, 0);
    put(slot_->thread, 0);
}

void show_sleepers(int service_socket) {
    page().show_at(service_socket);
}

void forget_sleepers() {
    page().forget();
}

}  // namespace chorus::client
