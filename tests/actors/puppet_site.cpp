// The calls on the memory of the site, in their 64-bit form: shared memory is often larger than 32 bits tell.
#define CHORUS_VM_BITS 64
#include <mem/chMem.h>

#include <optional>
#include <sstream>
#include <string>

namespace puppet {

// As in puppet.hpp, whose other types are those of 32 bits.
std::optional<std::string> site_answer(const std::string &call, std::istringstream &words);

std::optional<std::string> site_answer(const std::string &call, std::istringstream &words) {
    std::string where;
    if (call == "vm_stat") {  // RESULT
        KnVmStat stat{};
        words >> where;
        const int result = vmStat(where == "bad"    ? reinterpret_cast<KnVmStat *>(16)
                                  : where == "null" ? nullptr
                                                    : &stat);
        std::ostringstream reply;
        reply << result << " " << stat.hostMem << " " << stat.freeMem << " " << stat.lockMem << " " << stat.par.redMark
              << " " << stat.par.orangeMark << " " << stat.par.greenMark << std::hex << std::showbase << " "
              << stat.par.usrStartAddr << " " << stat.par.usrEndAddr << " " << stat.par.svStartAddr << " "
              << stat.par.svEndAddr << std::dec << " " << stat.par.minOffset << " " << stat.par.swapAvailability << " "
              << stat.par.swapEnabled;
        return reply.str();
    }
    if (call == "vm_set_par") {  // RED ORANGE GREEN | null | bad
        KnVmPar par{};
        words >> where;
        if (where == "bad") return std::to_string(vmSetPar(reinterpret_cast<KnVmPar *>(16)));
        if (where == "null") return std::to_string(vmSetPar(nullptr));
        par.redMark = std::stoul(where);
        words >> par.orangeMark >> par.greenMark;
        return std::to_string(vmSetPar(&par));
    }
    return std::nullopt;
}

}  // namespace puppet
