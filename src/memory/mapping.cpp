#include "memory/mapping.hpp"

#include <exec/chTypes.h>
#include <sys/mman.h>

#include <boost/interprocess/mapped_region.hpp>
#include <new>

#include "memory/errno_status.hpp"

namespace chorus::memory {

namespace {

namespace bip = boost::interprocess;

// A MemoryMappable around any descriptor, including one of an unnamed file or one received from another process.
class OpenFile {
  public:
    OpenFile(int file, bip::mode_t mode) : file_(file), mode_(mode) {}
    bip::mapping_handle_t get_mapping_handle() const { return {file_, false}; }
    bip::mode_t get_mode() const { return mode_; }

  private:
    int file_;
    bip::mode_t mode_;
};

// The one place where exceptions of Boost.Interprocess become a status.
template <class Do>
int status_of(Do &&act) {
    try {
        act();
        return K_OK;
    } catch (const bip::interprocess_exception &error) {
        const int status = status_from_errno(error.get_native_error());
        return status == K_OK ? K_EFAIL : status;  // an error of the library, not of the system
    } catch (const std::bad_alloc &) {
        return K_ENOMEM;
    }
}

}  // namespace

Mapping::Mapping() = default;
Mapping::~Mapping() = default;

int Mapping::map(int file, Access access, std::uint64_t offset, std::uint64_t size_bytes) {
    region_.reset();
    const bool reads = access == Access::read_only;
    const OpenFile mapped(file, reads ? bip::read_only : bip::read_write);
    return status_of([&] {
        region_ = std::make_unique<bip::mapped_region>(mapped, mapped.get_mode(), static_cast<bip::offset_t>(offset),
                                                       size_bytes, nullptr, reads ? MAP_POPULATE : 0);
    });
}

char *Mapping::start() const {
    return region_ ? static_cast<char *>(region_->get_address()) : nullptr;
}

}  // namespace chorus::memory
