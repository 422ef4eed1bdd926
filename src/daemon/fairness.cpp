// Who is served when: what bad neighbours cost, they pay. docs/security.md has the rules.
#include <ctime>
#include <utility>

#include "daemon/site.hpp"

namespace chorus::daemon {

namespace {

using namespace std::chrono_literals;

// Of one connection, beyond which it goes to the back: refusals that are in order are far fewer.
constexpr auto wasted_at_front_max = 1ms;
// Of the back, beyond which it is closed.
constexpr auto wasted_at_back_max = 100us;
// After the last call that was served at the front there is nobody whose time it is.
constexpr auto front_is_busy = 5ms;

// At the back it is the processor's time that counts, so that nobody pays for what else the machine does. To ask for it
// takes a microsecond, too long for every call at the front; there nobody is made to wait for it.
Waste::Duration time_spent(Place place) {
    if (place == Place::front) return Waste::Clock::now().time_since_epoch();
    timespec spent{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);
    return std::chrono::seconds(spent.tv_sec) + std::chrono::nanoseconds(spent.tv_nsec);
}

}  // namespace

void Site::serve_connection(int socket) {
    const Place place = connections_.at(socket).place;
    event_ = {.socket = socket, .place = place, .begun = time_spent(place)};
    read_one(socket);
    settle();
    conclude_event();
}

void Site::accept_one() {
    event_ = {.place = Place::back, .begun = time_spent(Place::back)};
    let_one_in();
    conclude_event();
}

// The event in hand has come to nothing,
void Site::in_vain() {
    event_.in_vain = true;
}

// and so has all that a connection was served before, where it ends because of what it sent.
void Site::in_vain(const Connection &ended) {
    if (ended.socket.get() != event_.socket) return;
    in_vain();
    event_.before = ended.served;
}

void Site::conclude_event() {
    const Event event = std::exchange(event_, {});
    const Waste::Duration spent = time_spent(event.place) - event.begun;
    const auto now = Waste::Clock::now();
    const auto it = connections_.find(event.socket);
    const bool still = it != connections_.end();
    if (still) it->second.served += spent;
    if (event.in_vain && still) it->second.wasted.add(spent, now);
    if (event.in_vain && (event.place == Place::back || !still)) waste_at_back(spent + event.before, now);
    if (!event.in_vain && event.place == Place::front) front_served_ = now;
    if (still) put_in_place(it->second, now);
}

void Site::put_in_place(Connection &connection, Waste::Clock::time_point now) {
    const bool stranger = connection.holder == Holder::unknown;
    const Place place = stranger || connection.wasted.left(now) > wasted_at_front_max ? Place::back : Place::front;
    if (place != connection.place && loop_.move(connection.socket.get(), place)) connection.place = place;
}

void Site::waste_at_back(Waste::Duration spent, Waste::Clock::time_point now) {
    wasted_at_back_.add(spent, now);
    if (!loop_.back_is_open() || wasted_at_back_.left(now) <= wasted_at_back_max) return;
    if (now - front_served_ > front_is_busy) return;
    loop_.close_back();
    back_timer_.set(wasted_at_back_.time_to_forget(now));
}

}  // namespace chorus::daemon
