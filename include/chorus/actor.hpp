// An actor: a process that the kernel knows, or a space of addresses without one. This is its name, not its owner: it
// may be copied, and nothing ends with it.
//
// Every call refuses with Status::unknown, no such live actor; Status::invalid, its key is another; Status::fail, no
// kernel answers (in the UNIX-like calls ESRCH, EINVAL, EIO). None waits for another actor but await.
#pragma once

#include <am/afexec.h>
#include <exec/chExec.h>

#include <chorus/capability.hpp>
#include <chorus/error.hpp>
#include <chorus/spawn.hpp>
#include <optional>
#include <string>
#include <vector>

namespace chorus {

enum class Activity { active = K_ACTIVE, stopped = K_STOPPED };
// The small number of an actor, above 0, never used again on its site.
enum class Aid : int {};

// User and groups, as the kernel records them.
struct Credentials {
    uid_t user = 0;
    gid_t group = 0;
    std::vector<gid_t> groups{};
};

struct CreateOptions;

class Actor {
  public:
    // The caller, known without a call: K_MYACTOR.
    static Actor self() { return Actor(Kind::self); }
    // The supervisor address space, owned by nobody: K_SVACTOR. Only calls on memory take it; for system and supervisor
    // actors (Status::privilege).
    static Actor supervisor_space() { return Actor(Kind::supervisor_space); }
    Actor(const Capability &capability) : capability_(capability) {}

    // The actor of this number. For system and supervisor actors (EPERM). [acap(2K)]
    static Actor find(Aid aid, OnRefusal on_refusal = {});
    // The caller's own number. [agetId(2K)]
    static Aid own_aid(OnRefusal on_refusal = {});
    // An actor without a process and with nothing in its space; it lives until destroyed. Status::privilege: a user
    // actor asks for more than Privilege::user. Status::no_memory: a limit. [actorCreate(2K)]
    static Actor create(const CreateOptions &options, OnRefusal on_refusal = {});
    // The same with the privilege that spawn would give, and its errno. [acreate(2K)]
    static Actor prepare(Privilege privilege, OnRefusal on_refusal = {});
    // Starts a program as a new actor, a child of the caller. `arguments` are those after the name of the program. The
    // call returns when the program is loaded. The child's files are opened last of all, in its own directory.
    // errno: as execve(2), and as chroot(2), chdir(2), open(2) for what the options name; EPERM a privilege that is not
    // allowed; EINVAL an environment with Lookup::path, or a NUL within a text; EAGAIN a limit; ENOSYS. [afexec(2K)]
    static Actor spawn(const std::string &program, const std::vector<std::string> &arguments = {},
                       const SpawnOptions &options = {}, OnRefusal on_refusal = {});

    // Its capability, for others to act on it. Status::invalid: the supervisor space. [actorSelf(2K)]
    Capability capability(OnRefusal on_refusal = {}) const;
    // Its number where this process has started it, found it by number, or is it.
    std::optional<Aid> aid() const;

    // Blocks until this child of the caller ends, or tells at once how it ended before: each child once. Signal
    // handlers do not end the wait. ESRCH: no child of the caller, or awaited already. [await(2K)]
    Ending await(OnRefusal on_refusal = {}) const;
    static Ending await(Aid child, OnRefusal on_refusal = {});
    // Ends it, judged by user: EPERM where the caller is neither trusted nor of its user. [akill(2K)]
    void kill(OnRefusal on_refusal = {}) const;
    // Ends it; of the caller itself, does not return. Status::privilege: a user actor would end a system or supervisor
    // actor. [actorDelete(2K)]
    void destroy(OnRefusal on_refusal = {}) const;
    // Let none of its threads run, and let them go on; what is so already is no fault. Status::privilege as destroy.
    // [actorStop(2K)] [actorStart(2K)]
    void stop(OnRefusal on_refusal = {}) const;
    void start(OnRefusal on_refusal = {}) const;

    // At most K_ACTORNAMEMAX - 1 bytes; a longer one is cut off. [actorName(2K)]
    std::string name(OnRefusal on_refusal = {}) const;
    void set_name(const std::string &name, OnRefusal on_refusal = {}) const;
    // Anyone may read it; setting is for system and supervisor actors, between user and system. [actorPrivilege(2K)]
    Privilege privilege(OnRefusal on_refusal = {}) const;
    void set_privilege(Privilege privilege, OnRefusal on_refusal = {}) const;
    // For system and supervisor actors (Status::privilege). [actorPi(2K)]
    KnProtId protection_id(OnRefusal on_refusal = {}) const;
    void set_protection_id(const KnProtId &id, OnRefusal on_refusal = {}) const;
    // Anyone may read them; setting is for system and supervisor actors (EPERM). [acred(2K)]
    Credentials credentials(OnRefusal on_refusal = {}) const;
    void set_credentials(const Credentials &credentials, OnRefusal on_refusal = {}) const;

    // As the C interface takes it; valid as long as this object.
    KnCap *c_actor() const;

  private:
    enum class Kind { self, supervisor_space, other };
    explicit Actor(Kind kind) : kind_(kind) {}

    Kind kind_ = Kind::other;
    Capability capability_{};
    std::optional<Aid> aid_{};
};

struct CreateOptions {
    Privilege privilege = Privilege::user;
    Activity activity = Activity::active;
    Actor like = Actor::self();  // whose handlers and protection id it takes
};

}  // namespace chorus

#include <chorus/detail/actor.hpp>
#include <chorus/detail/spawn.hpp>
