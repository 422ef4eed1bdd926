/* Another name of <etimer/chEtimer.h>. */
#include <etimer/chEtimer.h>
