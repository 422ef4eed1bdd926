/* Another name of <am/await.h>. */
#include <am/await.h>
