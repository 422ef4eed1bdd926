// The one place where errno becomes a K_* status.
#pragma once

namespace chorus::memory {

// K_OK for 0; K_ENOMEM for every way in which memory, descriptors or mappings run out; K_EFAIL for the rest.
int status_from_errno(int error);

}  // namespace chorus::memory
