// Actors in C++: started, awaited, named, listed and ended.
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>
#include <chorus/chorus.hpp>

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "cxx/partner.hpp"

namespace chorus::test {
namespace {

constexpr auto exited = Ending::Manner::exited;
constexpr auto killed = Ending::Manner::killed;

std::error_code unix_error(int error) {
    return {error, std::generic_category()};
}

// A directory that goes with the test.
class Directory {
  public:
    Directory() {
        char name[] = "/tmp/chorus-cxx-XXXXXX";
        path_ = mkdtemp(name);
    }
    ~Directory() { std::filesystem::remove_all(path_); }
    Directory(const Directory &) = delete;
    Directory &operator=(const Directory &) = delete;

    const std::string &path() const { return path_; }
    std::string content(const std::string &file) const {
        std::ifstream stream(path_ + "/" + file);
        std::stringstream text;
        text << stream.rdbuf();
        return text.str();
    }

  private:
    std::string path_;
};

TEST(CxxActor, IsStartedAndAwaitedOnce) {
    const Actor child = Actor::spawn(partner(), {"exit", "7"});
    ASSERT_TRUE(child.aid());
    EXPECT_NE(*child.aid(), Actor::own_aid());
    EXPECT_EQ(child.await(), (Ending{exited, 7}));
    std::error_code error;
    child.await(error);
    EXPECT_EQ(error, unix_error(ESRCH));
    EXPECT_EQ(error, std::errc::no_such_process);
    EXPECT_THROW(child.await(), std::system_error);
    EXPECT_EQ(Actor::await(*Actor::spawn(partner(), {"exit", "8"}).aid()), (Ending{exited, 8}));
    Actor::self().await(error);
    EXPECT_EQ(error, unix_error(ESRCH)) << "nobody is a child of itself";
}

TEST(CxxActor, EndsAsItEnds) {
    EXPECT_EQ(Actor::spawn(partner(), {"fault"}).await(), (Ending{killed, K_EVT_PROTECTION}));
    const Actor one = Actor::spawn(partner(), {"rest"});
    one.kill();
    EXPECT_EQ(one.await(), (Ending{killed, K_EVT_AKILL}));
    const Actor two = Actor::spawn(partner(), {"rest"});
    const Capability capability = two.capability();
    Actor(capability).destroy();
    EXPECT_EQ(Actor(capability).await(), (Ending{killed, K_EVT_ACTORDELETE}));
    std::error_code error;
    two.destroy(error);
    EXPECT_EQ(error, Status::unknown);
    two.kill(error);
    EXPECT_EQ(error, unix_error(ESRCH));
    two.name(error);
    EXPECT_EQ(error, Status::unknown);
}

TEST(CxxActor, IsGivenDirectoryFilesAndEnvironment) {
    const Directory directory;
    std::ofstream(directory.path() + "/in") << "from the file\n";
    const Actor child = Actor::spawn("/bin/sh", {"-c", "pwd; echo $WORD $HOME; cat; echo oops >&2"},
                                     {.environment = std::vector<std::string>{"WORD=two words"},
                                      .directory = directory.path(),
                                      .standard_input = "in",
                                      .standard_output = "out",
                                      .standard_error = "error"});
    EXPECT_EQ(child.await(), (Ending{exited, 0}));
    EXPECT_EQ(directory.content("out"), directory.path() + "\ntwo words\nfrom the file\n");
    EXPECT_EQ(directory.content("error"), "oops\n");
}

TEST(CxxActor, IsLookedUpInPathOnlyIfTold) {
    EXPECT_EQ(Actor::spawn("true", {}, {.lookup = Lookup::path}).await(), (Ending{exited, 0}));
    std::error_code error;
    Actor::spawn("true", {}, {}, error);
    EXPECT_EQ(error, unix_error(ENOENT));
    EXPECT_THROW(Actor::spawn("/there/is/no/such"), std::system_error);
}

TEST(CxxActor, SpawnRefusals) {
    std::error_code error;
    EXPECT_EQ(Actor::spawn("/bin/true", {}, {.directory = "/there/is/none"}, error).aid(), std::nullopt);
    EXPECT_EQ(error, unix_error(ENOENT));
    Actor::spawn("true", {}, {.lookup = Lookup::path, .environment = std::vector<std::string>{}}, error);
    EXPECT_EQ(error, unix_error(EINVAL));
    Actor::spawn("/bin/true", {std::string("a\0b", 3)}, {}, error);
    EXPECT_EQ(error, unix_error(EINVAL));
    Actor::spawn(std::string("/bin/true\0", 10), {}, {}, error);
    EXPECT_EQ(error, unix_error(EINVAL));
}

TEST(CxxActor, HasAName) {
    const Actor child = Actor::spawn(partner(), {"rest"});
    EXPECT_EQ(child.name(), "partner");
    child.set_name(std::string(100, 'x'));
    EXPECT_EQ(child.name(), std::string(K_ACTORNAMEMAX - 1, 'x'));
    child.kill();
    child.await();
}

TEST(CxxActor, AsAUserMayReadPrivilegesAndNotMore) {
    EXPECT_EQ(Actor::self().privilege(), Privilege::user);
    std::error_code error;
    Actor::self().set_privilege(Privilege::system, error);
    EXPECT_EQ(error, Status::privilege);
    EXPECT_TRUE(Site::actors(error).empty());
    EXPECT_EQ(error, Status::privilege);
    Actor::find(Actor::own_aid(), error);
    EXPECT_EQ(error, unix_error(EPERM));
    EXPECT_EQ(Actor::self().aid(), Actor::own_aid());
    EXPECT_EQ(Actor(Actor::self().capability()).aid(), std::nullopt) << "a capability does not tell";
}

TEST(CxxActor, ATrustedOneListsAllOfTheSite) {
    const Directory directory;
    const Actor child = Actor::spawn(partner(), {"count"},
                                     {.privilege = Privilege::system, .standard_output = directory.path() + "/out"});
    EXPECT_EQ(child.await(), (Ending{exited, 0}));
    EXPECT_EQ(directory.content("out"), "2\n") << "this test and the child";
}

}  // namespace
}  // namespace chorus::test
