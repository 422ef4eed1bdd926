#include "memory/segment.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <boost/interprocess/shared_memory_object.hpp>
#include <cerrno>
#include <limits>
#include <string>
#include <utility>

#include "memory/errno_status.hpp"

namespace chorus::memory {

namespace ipc = boost::interprocess;

struct Segment::Memory {
    ipc::shared_memory_object object;

    int descriptor() const { return object.get_mapping_handle().handle; }
    struct stat about() const {
        struct stat about {};
        fstat(descriptor(), &about);
        return about;
    }
};

namespace {

// Of this process alone, and only until the segment is open.
std::string passing_name() {
    static std::uint64_t counter = 0;
    return "chorus-" + std::to_string(getpid()) + "-" + std::to_string(++counter);
}

}  // namespace

Segment::Created Segment::create(std::uint64_t size_bytes) {
    try {
        const std::string name = passing_name();
        ipc::permissions owner_only(0600);
        auto memory = std::make_unique<Memory>(
            Memory{ipc::shared_memory_object(ipc::create_only, name.c_str(), ipc::read_write, owner_only)});
        ipc::shared_memory_object::remove(name.c_str());
        memory->object.truncate(static_cast<ipc::offset_t>(size_bytes));
        return {status_from_errno(0), std::unique_ptr<Segment>(new Segment(std::move(memory), size_bytes))};
    } catch (const ipc::interprocess_exception &error) {
        return {status_from_errno(error.get_native_error()), nullptr};
    }
}

Segment::Segment(std::unique_ptr<Memory> memory, std::uint64_t size_bytes)
    : memory_(std::move(memory)), size_bytes_(size_bytes) {}

Segment::~Segment() {
    if (read_only_ >= 0) close(read_only_);
}

std::uint64_t Segment::inode() const {
    return memory_->about().st_ino;
}

std::uint64_t Segment::used_bytes() const {
    constexpr std::uint64_t block_bytes = 512;
    return static_cast<std::uint64_t>(memory_->about().st_blocks) * block_bytes;
}

std::uint64_t Segment::free_bytes() const {
    struct statvfs file_system;
    if (fstatvfs(memory_->descriptor(), &file_system) != 0) return 0;
    if (file_system.f_blocks == 0) return std::numeric_limits<std::uint64_t>::max();  // it has no limit of its own
    return std::uint64_t{file_system.f_bavail} * file_system.f_frsize;
}

int Segment::descriptor(Access access) {
    const int writable = memory_->descriptor();
    if (access == Access::read_write) return writable;
    if (read_only_ < 0) {
        // The segment has no name to open it by a second time; /proc leads to it.
        read_only_ = open(("/proc/self/fd/" + std::to_string(writable)).c_str(), O_RDONLY | O_CLOEXEC);
    }
    return read_only_;
}

}  // namespace chorus::memory
