// Starting actors, waiting for them, and their users: the UNIX-like calls of chorus/actor.hpp. Programs include that.
#pragma once

#include <am/await.h>

#include <algorithm>
#include <chorus/actor.hpp>
#include <cstddef>
#include <limits>

namespace chorus {

namespace detail {

inline int acflags(Privilege privilege) {
    if (privilege == Privilege::supervisor) return AFX_SUPERVISOR_SPACE;
    return AFX_USER_SPACE | (privilege == Privilege::system ? AFX_TRUSTED : 0);
}

inline char *given(const std::string &text) {
    return text.empty() ? nullptr : const_cast<char *>(text.c_str());
}

// Of texts that outlive them; a null pointer ends them.
inline std::vector<char *> pointers(const std::vector<std::string> &texts) {
    std::vector<char *> pointers;
    pointers.reserve(texts.size() + 1);
    for (const std::string &text : texts)
        pointers.push_back(const_cast<char *>(text.c_str()));
    pointers.push_back(nullptr);
    return pointers;
}

inline bool whole(const std::string &text) {
    return text.find('\0') == std::string::npos;
}

inline bool well_formed(const std::string &program, const std::vector<std::string> &arguments,
                        const SpawnOptions &options) {
    const auto all_whole = [](const auto &texts) { return std::all_of(texts.begin(), texts.end(), whole); };
    if (options.environment && (options.lookup == Lookup::path || !all_whole(*options.environment))) return false;
    const std::vector<std::string> named = {program,
                                            options.directory,
                                            options.root,
                                            options.standard_input,
                                            options.standard_output,
                                            options.standard_error};
    return all_whole(named) && all_whole(arguments);
}

inline Ending ending(int status) {
    if (IS_EXIT_EVT(status)) return {Ending::Manner::exited, GET_EXIT_EVT(status)};
    return {Ending::Manner::killed, GET_KILL_EVT(status)};
}

// A cx_cred_t with room for so many groups. Memory of std::byte may hold any plain object.
class CCredentials {
  public:
    explicit CCredentials(std::size_t groups) : bytes_(sizeof(cx_cred_t) + groups * sizeof(gid_t)) {
        get()->cr_ngroups = static_cast<unsigned short>(groups);
    }
    cx_cred_t *get() { return reinterpret_cast<cx_cred_t *>(bytes_.data()); }

  private:
    std::vector<std::byte> bytes_;
};

}  // namespace detail

inline Actor Actor::spawn(const std::string &program, const std::vector<std::string> &arguments,
                          const SpawnOptions &options, OnRefusal on_refusal) {
    if (!detail::well_formed(program, arguments, options)) {
        on_refusal.accepts(std::make_error_code(std::errc::invalid_argument), "afexec");
        return Capability();
    }
    AcParam param{};
    param.acFlags = detail::acflags(options.privilege);
    param.acStdin = detail::given(options.standard_input);
    param.acStdout = detail::given(options.standard_output);
    param.acStderr = detail::given(options.standard_error);
    param.acCurdir = detail::given(options.directory);
    param.acRootdir = detail::given(options.root);
    std::vector<char *> argv = detail::pointers(arguments);
    argv.insert(argv.begin(), const_cast<char *>(program.c_str()));
    KnCap cap{};
    int aid;
    if (options.environment)
        aid = afexecve(program.c_str(), &cap, &param, argv.data(), detail::pointers(*options.environment).data());
    else if (options.lookup == Lookup::path)
        aid = afexecvp(program.c_str(), &cap, &param, argv.data());
    else
        aid = afexecv(program.c_str(), &cap, &param, argv.data());
    const bool started = on_refusal.accepts_unix(aid, program.c_str());
    Actor child{Capability(cap)};
    if (started) child.aid_ = Aid{aid};
    return child;
}

inline Actor Actor::prepare(Privilege privilege, OnRefusal on_refusal) {
    KnCap cap{};
    AcParam param{};
    param.acFlags = detail::acflags(privilege);
    on_refusal.accepts_unix(acreate(&cap, &param), "acreate");
    return Capability(cap);
}

inline Ending Actor::await(OnRefusal on_refusal) const {
    int status = 0;
    return on_refusal.accepts_unix(awaits(c_actor(), &status), "awaits") ? detail::ending(status) : Ending{};
}

inline Ending Actor::await(Aid child, OnRefusal on_refusal) {
    int status = 0;
    const int aid = ::await(static_cast<int>(child), &status);
    return on_refusal.accepts_unix(aid, "await") ? detail::ending(status) : Ending{};
}

inline Credentials Actor::credentials(OnRefusal on_refusal) const {
    detail::CCredentials old(std::numeric_limits<unsigned short>::max());
    if (!on_refusal.accepts_unix(acred(c_actor(), old.get(), nullptr), "acred")) return {};
    const cx_cred_t &found = *old.get();
    return {found.cr_uid, found.cr_gid, {found.cr_groups, found.cr_groups + found.cr_ngroups}};
}

inline void Actor::set_credentials(const Credentials &credentials, OnRefusal on_refusal) const {
    detail::CCredentials wanted(credentials.groups.size());
    const bool fits = credentials.groups.size() == wanted.get()->cr_ngroups;
    wanted.get()->cr_uid = credentials.user;
    wanted.get()->cr_gid = credentials.group;
    for (std::size_t i = 0; i < credentials.groups.size(); ++i)
        wanted.get()->cr_groups[i] = credentials.groups[i];
    if (!fits) errno = EINVAL;
    on_refusal.accepts_unix(fits ? acred(c_actor(), nullptr, wanted.get()) : -1, "acred");
}

}  // namespace chorus
