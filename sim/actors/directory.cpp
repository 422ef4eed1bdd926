// Containers that lie in a region: one actor builds a map of strings, another reads it where it has the region itself,
// at another address. No pointer in it is an address: Boost.Interprocess keeps each as the distance from where it lies.
//
// The reader trusts the writer: such containers are not fit for what a hostile actor may have written.
#include <boost/interprocess/allocators/allocator.hpp>
#include <boost/interprocess/containers/map.hpp>
#include <boost/interprocess/containers/string.hpp>
#include <boost/interprocess/managed_external_buffer.hpp>
#include <chorus/chorus.hpp>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

namespace bip = boost::interprocess;
using chorus::Actor;
using chorus::Region;

using Heap = bip::managed_external_buffer;
template <class T>
using Allocator = bip::allocator<T, Heap::segment_manager>;
using String = bip::basic_string<char, std::char_traits<char>, Allocator<char>>;
using Directory = bip::map<String, String, std::less<String>, Allocator<std::pair<const String, String>>>;

constexpr const char *name = "directory";

std::string hexadecimal(chorus::Address address) {
    char text[sizeof "0x123456789abcdef0"];
    std::snprintf(text, sizeof text, "%#llx", static_cast<unsigned long long>(address));
    return text;
}

void write(const char *program) {
    const Region region = Region::allocate(16 * chorus::page_size());
    Heap heap(bip::create_only, region.bytes().data(), region.bytes().size());
    const Allocator<char> allocator(heap.get_segment_manager());
    Directory &directory = *heap.construct<Directory>(name)(std::less<String>(), allocator);
    const auto enter = [&](const char *who, const char *where) {
        directory.emplace(String(who, allocator), String(where, allocator));
    };
    enter("bob", "the actor next door, with whom all pages but one are shared");
    enter("alice", "process 1, room 0x6bffd000");
    enter("carol", "moved away");

    std::vector<std::string> arguments = Actor::self().capability().words();
    arguments.push_back(hexadecimal(region.range().start));
    const Actor reader = Actor::spawn(program, arguments);
    if (reader.await() != chorus::Ending{}) throw std::runtime_error("the reader did not end well");
}

void read(char **words) {
    const chorus::Address in_writer = std::stoull(words[4], nullptr, 0);
    const Region own = Region::allocate(1);  // lies where the directory would lie else
    const Region region = Region::map_from(chorus::Capability::parse(words), {in_writer, 16 * chorus::page_size()});
    if (region.range().start == in_writer) throw std::logic_error("the same address as in the writer");
    Heap heap(bip::open_only, region.bytes().data(), region.bytes().size());
    const auto [directory, count] = heap.find<Directory>(name);
    if (directory == nullptr) throw std::runtime_error("there is no directory");
    for (const auto &[who, where] : *directory)
        std::printf("%s: %s\n", who.c_str(), where.c_str());
}

}  // namespace

int main(int argc, char **argv) try {
    argc == 6 ? read(argv + 1) : write(argv[0]);
    return 0;
} catch (const std::exception &error) {
    std::fprintf(stderr, "%s: %s\n", argv[0], error.what());
    return 1;
}
