#include "puppet.hpp"

#include <sys/mman.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace puppet {

namespace {

void *read_only_page() {
    static void *page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    mprotect(page, 4096, PROT_READ | PROT_WRITE);
    return page;
}

}  // namespace

std::string word(Words &words) {
    std::string text;
    if (!(words >> text)) {
        std::fprintf(stderr, "puppet: a word is missing in: %s\n", words.str().c_str());
        std::exit(2);
    }
    return text;
}

std::string shown(const KnCap &cap) {
    char text[48];
    std::snprintf(text, sizeof text, "%x.%x.%x.%x", cap.ui.uiHead, cap.ui.uiTail, cap.key.keyHead, cap.key.keyTail);
    return text;
}

std::string hex(unsigned long value) {
    char text[24];
    std::snprintf(text, sizeof text, "%#lx", value);
    return text;
}

std::string start_of(const KnRgnDesc *desc) {
    return desc == nullptr || desc == unmapped<KnRgnDesc>() ? "-" : hex(desc->startAddr);
}

std::string with_errno(int result) {
    return std::to_string(result) + (result == -1 ? " " + std::to_string(errno) : "");
}

KnCap *Arguments::cap(Words &words) {
    const std::string text = word(words);
    if (text == "self") return K_MYACTOR;
    if (text == "sv") return K_SVACTOR;
    if (text == "null") return nullptr;
    if (text == "bad") return unmapped<KnCap>();
    caps.push_back(std::make_unique<KnCap>());
    KnCap &cap = *caps.back();
    std::sscanf(text.c_str(), "%x.%x.%x.%x", &cap.ui.uiHead, &cap.ui.uiTail, &cap.key.keyHead, &cap.key.keyTail);
    return &cap;
}

KnRgnDesc *Arguments::desc(Words &words) {
    std::string text = word(words);
    if (text == "null") return nullptr;
    if (text == "bad") return unmapped<KnRgnDesc>();
    const bool read_only = text.starts_with("ro:");
    if (read_only) text.erase(0, 3);
    KnRgnDesc desc{};
    long start = 0, size = 0, options = 0, opaque2 = 0, end = 0, opaque1 = 0;
    std::sscanf(text.c_str(), "%li,%li,%li,%li,%li,%li", &start, &size, &options, &opaque2, &end, &opaque1);
    desc.startAddr = static_cast<VmAddr>(start);
    desc.size = static_cast<VmSize>(size);
    desc.options = static_cast<VmFlags>(options);
    desc.endAddr = static_cast<VmAddr>(end);
    desc.opaque1 = reinterpret_cast<void *>(opaque1);
    desc.opaque2 = static_cast<VmFlags>(opaque2);
    if (read_only) {
        void *page = read_only_page();
        std::memcpy(page, &desc, sizeof desc);
        mprotect(page, 4096, PROT_READ);
        return static_cast<KnRgnDesc *>(page);
    }
    descs.push_back(std::make_unique<KnRgnDesc>(desc));
    return descs.back().get();
}

KnSem *Arguments::sem(Words &words) {
    const std::string text = word(words);
    if (text == "null") return nullptr;
    if (text == "bad") return unmapped<KnSem>();
    return reinterpret_cast<KnSem *>(number(text));
}

KnTimeVal *Arguments::limit(Words &words) {
    const std::string text = word(words);
    if (text == "forever") return K_NOTIMEOUT;
    if (text == "null") return K_NOBLOCK;
    if (text == "bad") return unmapped<KnTimeVal>();
    std::sscanf(text.c_str(), "%ld,%ld", &time.tmSec, &time.tmNSec);
    return &time;
}

}  // namespace puppet
