#include "worlds/model_memory.hpp"

#include <algorithm>
#include <cstring>

namespace chorus::sim {

const Segments::Page *Segments::find(kernel::SegmentId segment, std::uint64_t page) const {
    const auto pages = segments_.find(segment);
    if (pages == segments_.end()) return nullptr;
    const auto found = pages->second.find(page);
    return found == pages->second.end() ? nullptr : found->second.get();
}

Segments::Page &Segments::page(kernel::SegmentId segment, std::uint64_t page) {
    std::unique_ptr<Page> &found = segments_[segment][page];
    if (!found) found = std::make_unique<Page>();
    return *found;
}

void Segments::read(Place from, char *to, std::uint64_t size_bytes) const {
    while (size_bytes > 0) {
        const std::uint64_t in_page = from.offset % page_bytes, now = std::min(size_bytes, page_bytes - in_page);
        const Page *page = find(from.segment, from.offset / page_bytes);
        if (page == nullptr)
            std::memset(to, 0, now);
        else
            std::memcpy(to, page->data() + in_page, now);
        to += now, from.offset += now, size_bytes -= now;
    }
}

void Segments::write(Place to, const char *from, std::uint64_t size_bytes) {
    while (size_bytes > 0) {
        const std::uint64_t in_page = to.offset % page_bytes, now = std::min(size_bytes, page_bytes - in_page);
        std::memcpy(page(to.segment, to.offset / page_bytes).data() + in_page, from, now);
        from += now, to.offset += now, size_bytes -= now;
    }
}

std::uint64_t Segments::load64(const Place &at) const {
    std::uint64_t value = 0;
    if (const Page *page = find(at.segment, at.offset / page_bytes))
        std::memcpy(&value, page->data() + at.offset % page_bytes, sizeof value);
    return value;
}

void Segments::store64(const Place &at, std::uint64_t value) {
    std::memcpy(page(at.segment, at.offset / page_bytes).data() + at.offset % page_bytes, &value, sizeof value);
}

void Segments::copy(const kernel::CopyPart &part) {
    std::string bytes(std::min<std::uint64_t>(part.size_bytes, 16 * page_bytes), '\0');
    for (std::uint64_t done = 0; done < part.size_bytes; done += bytes.size()) {
        const std::uint64_t now = std::min<std::uint64_t>(bytes.size(), part.size_bytes - done);
        read({part.source, part.source_offset + done}, bytes.data(), now);
        // What nobody touched stays untouched.
        if (std::all_of(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(now),
                        [](char c) { return c == 0; }) &&
            find(part.target, (part.target_offset + done) / page_bytes) == nullptr &&
            find(part.target, (part.target_offset + done + now - 1) / page_bytes) == nullptr && now <= page_bytes)
            continue;
        write({part.target, part.target_offset + done}, bytes.data(), now);
    }
}

void Segments::discard(const kernel::SegmentPart &part) {
    const auto pages = segments_.find(part.segment);
    if (pages == segments_.end()) return;
    pages->second.erase(pages->second.lower_bound(part.range.start / page_bytes),
                        pages->second.lower_bound(part.range.end() / page_bytes));
}

void Maps::unmap(const kernel::Range &range) {
    auto it = mapped_.upper_bound(range.start);
    if (it != mapped_.begin()) --it;
    while (it != mapped_.end() && it->first < range.end()) {
        const std::uint64_t start = it->first, end = start + it->second.size_bytes;
        if (end <= range.start) {
            ++it;
            continue;
        }
        const Mapped whole = it->second;
        it = mapped_.erase(it);
        if (start < range.start) mapped_[start] = {range.start - start, whole.place, whole.options};
        if (end > range.end())
            mapped_[range.end()] = {
                end - range.end(), {whole.place.segment, whole.place.offset + (range.end() - start)}, whole.options};
    }
}

void Maps::map(const kernel::Region &region) {
    mapped_[region.range.start] = {region.range.size_bytes, {region.segment, region.offset}, region.options};
}

const Maps::Mapped *Maps::find(std::uint64_t address, std::uint64_t &start) const {
    auto it = mapped_.upper_bound(address);
    if (it == mapped_.begin()) return nullptr;
    --it;
    start = it->first;
    return address - start < it->second.size_bytes ? &it->second : nullptr;
}

bool Maps::may(Access access, std::uint64_t address, std::uint64_t size_bytes) const {
    for (std::uint64_t done = 0; done < size_bytes;) {
        std::uint64_t start = 0;
        const Mapped *mapped = find(address + done, start);
        if (mapped == nullptr) return false;
        if (access == Access::write && (mapped->options & kernel::option::writable) == 0) return false;
        done = start + mapped->size_bytes - address;
    }
    return true;
}

Place Maps::place_of(std::uint64_t address) const {
    std::uint64_t start = 0;
    const Mapped *mapped = find(address, start);
    return mapped == nullptr ? Place{} : Place{mapped->place.segment, mapped->place.offset + (address - start)};
}

bool Maps::read(const Segments &segments, std::uint64_t address, std::uint64_t size_bytes, std::string &to) const {
    if (!may(Access::read, address, size_bytes)) return false;
    to.resize(size_bytes);
    for (std::uint64_t done = 0; done < size_bytes;) {
        std::uint64_t start = 0;
        const Mapped *mapped = find(address + done, start);
        const std::uint64_t now = std::min(size_bytes - done, start + mapped->size_bytes - (address + done));
        segments.read(place_of(address + done), to.data() + done, now);
        done += now;
    }
    return true;
}

bool Maps::write(Segments &segments, std::uint64_t address, const std::string &bytes) const {
    for (std::uint64_t done = 0; done < bytes.size();) {
        std::uint64_t start = 0;
        const Mapped *mapped = find(address + done, start);
        if (mapped == nullptr || (mapped->options & kernel::option::writable) == 0) return false;
        const std::uint64_t now = std::min(bytes.size() - done, start + mapped->size_bytes - (address + done));
        segments.write(place_of(address + done), bytes.data() + done, now);
        done += now;
    }
    return true;
}

}  // namespace chorus::sim
