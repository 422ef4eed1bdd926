/* Another name of <am/afexec.h>. */
#include <am/afexec.h>
