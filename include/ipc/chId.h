/*
 * Unique ids: building and comparing them.
 *
 * In this version the calls declared here answer K_ENOTIMP, but for uiClear and uiEqual. K_ENOTIMP
 * is not 0: compare the answers of uiIsLocal, uiLegal and uiValid with 1.
 *
 * Refusals common to all: K_EFAULT null pointer, K_EINVAL a value that no unique id can hold. They
 * return K_OK unless they say more. None blocks.
 */
#ifndef CHORUS_IPC_CHID_H
#define CHORUS_IPC_CHID_H

#include <exec/chTypes.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Kinds of unique ids (uiBuild); the numbers are ours. */
#define K_UIPORT 1          /* a port */
#define K_UIPORT_STATPORT 2 /* a port whose unique id its creator builds */
#define K_UISITE 3          /* a site */

#define K_CUI_STAMPMAX 0x07ffffff /* highest stamp */

/*
 * Builds a unique id. ChorusOS 4.0 takes two more ints, head (13 bits) and tail; 5.0 takes one, the
 * stamp: this declaration, ours, lets programs of both compile. [uiBuild(2K)]
 */
int uiBuild(KnUniqueId *ui, int type, int site, ...);

/* Stores the number of the caller's site in *site. [uiLocalSite(2K)] */
int uiLocalSite(int *site);

/* Builds the unique id of a site. [uiSite(2K)] */
int uiSite(KnUniqueId *ui, int site);

/* Stores the number of the site that made a unique id in *site. The arguments are ours. [uiGetSite(2K)] */
int uiGetSite(KnUniqueId *ui, int *site);

/* Returns 1 where the caller's site made the unique id, else 0. [uiIsLocal(2K)] */
int uiIsLocal(KnUniqueId *ui);

/* Sets both words to 0, which names nothing. Works in this version. [uiClear(2K)] */
int uiClear(KnUniqueId *ui);

/* Returns 1 where both words are the same, else, and for a null pointer, 0. Works in this version. [uiEqual(2K)] */
int uiEqual(KnUniqueId *ui, KnUniqueId *other);

/* Returns 1 where a unique id may be used in calls, else 0. [uiLegal(2K)] */
int uiLegal(KnUniqueId *ui);

/* Returns 1 where a unique id has the shape of one, else 0. [uiValid(2K)] */
int uiValid(KnUniqueId *ui);

#ifdef __cplusplus
}
#endif

#endif
