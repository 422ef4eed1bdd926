#include "memory/segment.hpp"

#include <fcntl.h>
#include <sys/mman.h>
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
    ipc::shared_memory_object object;  // or, where it is empty,
    int file = -1;

    ~Memory() {
        if (file >= 0) close(file);
    }
    int descriptor() const { return file >= 0 ? file : object.get_mapping_handle().handle; }
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

int create_executable_file() {
#ifdef MFD_EXEC
    const int file = memfd_create("chorus", MFD_CLOEXEC | MFD_EXEC);
    if (file >= 0 || errno != EINVAL) return file;  // a system that does not know the flag needs none
#endif
    return memfd_create("chorus", MFD_CLOEXEC);
}

}  // namespace

Segment::Created Segment::create(std::uint64_t size_bytes, Execution execution) {
    if (execution == Execution::allowed) {
        auto memory = std::make_unique<Memory>();
        memory->file = create_executable_file();
        if (memory->file < 0 || ftruncate(memory->file, static_cast<off_t>(size_bytes)) != 0)
            return {status_from_errno(errno), nullptr};
        return {status_from_errno(0), std::unique_ptr<Segment>(new Segment(std::move(memory), size_bytes))};
    }
    try {
        const std::string name = passing_name();
        ipc::permissions owner_only(0600);
        auto memory = std::make_unique<Memory>();
        memory->object = ipc::shared_memory_object(ipc::create_only, name.c_str(), ipc::read_write, owner_only);
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

bool Segment::executable() const {
    struct statvfs file_system;
    return memory_->file >= 0 ||
           (fstatvfs(memory_->descriptor(), &file_system) == 0 && (file_system.f_flag & ST_NOEXEC) == 0);
}

int Segment::make_present(std::uint64_t offset, std::uint64_t size_bytes) {
    int error;
    do {
        error = posix_fallocate(memory_->descriptor(), static_cast<off_t>(offset), static_cast<off_t>(size_bytes));
    } while (error == EINTR);
    return status_from_errno(error);
}

void Segment::discard(std::uint64_t offset, std::uint64_t size_bytes) {
    fallocate(memory_->descriptor(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, static_cast<off_t>(offset),
              static_cast<off_t>(size_bytes));
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
