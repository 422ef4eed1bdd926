#include "memory/segment.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <string>
#include <utility>

#include "memory/errno_status.hpp"

namespace chorus::memory {

namespace {

int create_memfd(unsigned flags) {
    const int file = memfd_create("chorus", MFD_CLOEXEC | flags);
    // Anybody who was sent it for reading could open it for writing.
    if (file >= 0) fchmod(file, S_IRUSR | S_IWUSR);
    return file;
}

// POSIX shared memory that never has a name: what `shm_open` makes, and as good as unlinked from the start. Where the
// system has no /dev/shm, or none that this user may write, a memfd.
int create_nameless_file() {
    const int file = open("/dev/shm", O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
    const bool unusable = file < 0 && (errno == ENOENT || errno == ENOTDIR || errno == EACCES || errno == EROFS ||
                                       errno == EPERM || errno == EOPNOTSUPP);
    return unusable ? create_memfd(0) : file;
}

int create_executable_file() {
#ifdef MFD_EXEC
    const int file = create_memfd(MFD_EXEC);
    if (file >= 0 || errno != EINVAL) return file;  // a system that does not know the flag needs none
#endif
    return create_memfd(0);
}

// What programs can have of the system's memory without its having to end one.
std::uint64_t available_bytes() {
    std::ifstream file("/proc/meminfo");
    for (std::string word; file >> word;) {
        std::uint64_t kibibytes = 0;
        if (word == "MemAvailable:" && file >> kibibytes) return kibibytes * 1024;
    }
    return 0;
}

struct stat about(int file) {
    struct stat about {};
    fstat(file, &about);
    return about;
}

}  // namespace

Segment::Created Segment::create(std::uint64_t size_bytes, Execution execution) {
    const int file = execution == Execution::allowed ? create_executable_file() : create_nameless_file();
    if (file < 0) return {status_from_errno(errno), nullptr};
    std::unique_ptr<Segment> segment(new Segment(file, size_bytes));
    if (ftruncate(file, static_cast<off_t>(size_bytes)) != 0) return {status_from_errno(errno), nullptr};
    return {status_from_errno(0), std::move(segment)};
}

std::unique_ptr<Segment> Segment::adopt(int file, std::uint64_t size_bytes) {
    return std::unique_ptr<Segment>(new Segment(file, size_bytes));
}

Segment::Segment(int file, std::uint64_t size_bytes) : file_(file), size_bytes_(size_bytes) {}

Segment::~Segment() {
    if (read_only_ >= 0) close(read_only_);
    close(file_);
}

std::uint64_t Segment::inode() const {
    return about(file_).st_ino;
}

std::uint64_t Segment::used_bytes() const {
    constexpr std::uint64_t block_bytes = 512;
    return static_cast<std::uint64_t>(about(file_).st_blocks) * block_bytes;
}

std::uint64_t Segment::free_bytes() const {
    struct statvfs file_system;
    if (fstatvfs(file_, &file_system) != 0) return 0;
    if (file_system.f_blocks == 0) return available_bytes();  // it has no limit of its own
    return std::uint64_t{file_system.f_bavail} * file_system.f_frsize;
}

bool Segment::executable() const {
    struct statvfs file_system;
    return fstatvfs(file_, &file_system) == 0 && (file_system.f_flag & ST_NOEXEC) == 0;
}

int Segment::make_present(std::uint64_t offset, std::uint64_t size_bytes) {
    int error;
    do {
        error = posix_fallocate(file_, static_cast<off_t>(offset), static_cast<off_t>(size_bytes));
    } while (error == EINTR);
    return status_from_errno(error);
}

void Segment::discard(std::uint64_t offset, std::uint64_t size_bytes) {
    fallocate(file_, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, static_cast<off_t>(offset),
              static_cast<off_t>(size_bytes));
}

int Segment::descriptor(Access access) {
    if (access == Access::read_write) return file_;
    if (read_only_ < 0) {
        // The segment has no name to open it by a second time; /proc leads to it.
        read_only_ = open(("/proc/self/fd/" + std::to_string(file_)).c_str(), O_RDONLY | O_CLOEXEC);
    }
    return read_only_;
}

}  // namespace chorus::memory
