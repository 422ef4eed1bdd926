// Segments: shared memory without a name, of /dev/shm or, where it must be executable, a memfd (/dev/shm is often
// mounted noexec). A segment exists as long as somebody holds or maps it; when nobody does, the system takes it back,
// however everybody died.
#pragma once

#include <cstdint>
#include <memory>

namespace chorus::memory {

enum class Access { read_only, read_write };
enum class Execution { never, allowed };

class Segment {
  public:
    struct Created;
    // A zero-filled segment of whole pages. Status is a K_* code: K_ENOMEM where no descriptor is left. Whether there
    // is memory for it is the question of SegmentStore.
    static Created create(std::uint64_t size_bytes, Execution execution = Execution::never);
    // One that this process, or one before it, has created.
    static std::unique_ptr<Segment> adopt(int file, std::uint64_t size_bytes);
    ~Segment();
    Segment(const Segment &) = delete;
    Segment &operator=(const Segment &) = delete;

    // A descriptor of the weakest kind that serves; stays the segment's own. Negative (errno) where none is left.
    int descriptor(Access access);
    // The segment's own, for reading and writing.
    int file() const { return file_; }
    // As /proc/PID/maps shows it.
    std::uint64_t inode() const;
    std::uint64_t size_bytes() const { return size_bytes_; }
    // Memory that it has by now: pages come when they are touched.
    std::uint64_t used_bytes() const;
    // Memory that its file system has left for all.
    std::uint64_t free_bytes() const;
    // Whether the system lets anybody map it executable.
    bool executable() const;

    // Takes the memory of a part from the system now. A K_* status: K_ENOMEM where it is not there.
    int make_present(std::uint64_t offset, std::uint64_t size_bytes);
    // Gives the memory of a part back: whoever maps it reads 0.
    void discard(std::uint64_t offset, std::uint64_t size_bytes);

  private:
    Segment(int file, std::uint64_t size_bytes);

    int file_;
    std::uint64_t size_bytes_;
    int read_only_ = -1;
};

struct Segment::Created {
    int status;
    std::unique_ptr<Segment> segment;  // if status is K_OK
};

}  // namespace chorus::memory
