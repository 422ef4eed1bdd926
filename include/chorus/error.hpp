// Refusals in C++. The last argument of every call is what a refusal does, and may be left out: then it throws
// std::system_error. Where it is a std::error_code, it is told there, and a call that succeeds clears it. A refused
// call changes nothing; what it returns is empty.
//
// The calls of the microkernel refuse with a Status, of error_category(). The UNIX-like ones (spawn, await, kill, find,
// prepare, own_aid, credentials and set_credentials) refuse with an errno, of std::generic_category(). Both compare
// with std::errc.
#pragma once

#include <exec/chTypes.h>
#include <utilities.h>

#include <cerrno>
#include <string>
#include <system_error>

namespace chorus {

// The codes of the C interface: K_EFAULT is Status::fault, and so on. What each says of a call is on the call's page.
enum class Status : int {
    ok = K_OK,
    fault = K_EFAULT,
    unknown = K_EUNKNOWN,
    invalid = K_EINVAL,
    privilege = K_EPRIV,
    size = K_ESIZE,
    round = K_EROUND,
    address = K_EADDR,
    overlap = K_EOVERLAP,
    space = K_ESPACE,
    no_memory = K_ENOMEM,
    busy = K_EBUSY,
    timeout = K_ETIMEOUT,
    abort = K_EABORT,
    no_port = K_ENOPORT,
    full = K_EFULL,
    too_much = K_ETOOMUCH,
    not_implemented = K_ENOTIMP,
    fail = K_EFAIL,
};

namespace detail {

class Category final : public std::error_category {
  public:
    const char *name() const noexcept override { return "chorus"; }
    std::string message(int status) const override { return strSysError(status); }
    std::error_condition default_error_condition(int status) const noexcept override {
        switch (static_cast<Status>(status)) {
            case Status::fault:
                return std::errc::bad_address;
            case Status::unknown:
                return std::errc::no_such_process;
            case Status::invalid:
                return std::errc::invalid_argument;
            case Status::privilege:
                return std::errc::operation_not_permitted;
            case Status::no_memory:
                return std::errc::not_enough_memory;
            case Status::busy:
                return std::errc::device_or_resource_busy;
            case Status::timeout:
                return std::errc::timed_out;
            case Status::not_implemented:
                return std::errc::function_not_supported;
            case Status::fail:
                return std::errc::io_error;
            default:
                return {status, *this};
        }
    }
};

}  // namespace detail

// Visible, whatever the program is compiled with: categories are compared by address, so there must be one.
__attribute__((visibility("default"))) inline const std::error_category &error_category() noexcept {
    static const detail::Category only;
    return only;
}

inline std::error_code make_error_code(Status status) noexcept {
    return {static_cast<int>(status), error_category()};
}

// What a refusal does. Made from nothing, or from the caller's std::error_code, which must outlive the call.
class OnRefusal {
  public:
    OnRefusal() = default;
    OnRefusal(std::error_code &told) : told_(&told) {}

    // Whether a call has succeeded, and, where it has not, what is to be done about it. `call` is for the message.
    bool accepts(std::error_code outcome, const char *call) const {
        if (outcome && told_ == nullptr) throw std::system_error(outcome, call);
        if (told_ != nullptr) *told_ = outcome;
        return !outcome;
    }
    // The same for the result of a microkernel call: K_OK, a count, or a negative code.
    bool accepts(int result, const char *call) const {
        return accepts(make_error_code(static_cast<Status>(result < 0 ? result : K_OK)), call);
    }
    // And of a UNIX-like call: -1 and errno, or anything else.
    bool accepts_unix(int result, const char *call) const {
        return accepts(std::error_code(result == -1 ? errno : 0, std::generic_category()), call);
    }

  private:
    std::error_code *told_ = nullptr;
};

}  // namespace chorus

template <>
struct std::is_error_code_enum<chorus::Status> : std::true_type {};
