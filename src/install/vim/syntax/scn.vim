" Vim syntax file
" Language:    scenarios of chorus-sim (*.scn)
" A test compares the verbs with `chorus-sim verbs`.

if exists("b:current_syntax")
  finish
endif

syntax case match

" Words that begin a line.
syntax keyword scnStatement actor repeat interleave end in kill stop continue pass spawn actors regions maps waits
syntax keyword scnStatement assert

" Calls, and what programs do besides.
syntax keyword scnCall rgnAllocate rgnFree rgnMapFromActor rgnInitFromActor rgnDup rgnSetProtect rgnSetInherit
syntax keyword scnCall rgnSetPaging rgnSetOpaque rgnStat vmCopy vmLock vmUnLock vmFree vmPhysAddr vmMapToPhys vmStat
syntax keyword scnCall vmSetPar vmPageSize svPagesAllocate svPagesFree svCopyIn svCopyInString svCopyOut actorSelf
syntax keyword scnCall actorPrivilege actorName actorStat actorDelete actorCreate actorStop actorStart actorPi agetId
syntax keyword scnCall acap akill acreate acred afexec await awaits semInit semP semV read write fill fork exit

" Calls that this version of chorus does not have.
syntax keyword scnAbsent aload eventClear eventInit eventPost eventWait grpAllocate grpPortInsert grpPortRemove
syntax keyword scnAbsent ipcCall ipcGetData ipcReceive ipcReply ipcRestore ipcSave ipcSend ipcSysInfo ipcTarget
syntax keyword scnAbsent lapDescDup lapDescIsZero lapDescZero lapInvoke lapResolve monitorGet monitorInit
syntax keyword scnAbsent monitorNotify monitorNotifyAll monitorRel monitorWait msgAllocate msgFree msgGet msgGetAny
syntax keyword scnAbsent msgPoolStat msgPut msgQueueStat msgRemove msgSpaceCreate msgSpaceOpen mutexGet mutexInit
syntax keyword scnAbsent mutexRel mutexTry portCreate portDeclare portDelete portDisable portEnable portLi portPi
syntax keyword scnAbsent portUi rtMutexGet rtMutexInit rtMutexRel rtMutexTry svLapBind svLapCreate svLapDelete
syntax keyword scnAbsent svLapUnbind sysTime sysTimeGetRes threadAbort threadAborted threadActivate threadContext
syntax keyword scnAbsent threadCreate threadDelay threadDelete threadName threadResume threadScheduler threadSelf
syntax keyword scnAbsent threadSemInit threadSemPost threadSemWait threadStart threadStat threadStop threadSuspend
syntax keyword scnAbsent timerCreate timerDelete timerSet timerThreadPoolInit timerThreadPoolWait uiBuild uiGetSite
syntax keyword scnAbsent uiIsLocal uiLegal uiLocalSite uiSite uiValid univTime univTimeGetRes univTimeSet

syntax keyword scnOption writable executable fillzero anywhere restrictive supervisor reserved inheritshare
syntax keyword scnOption inheritcopy nodemand nowait noswapout readable user any trusted system stopped at between
syntax keyword scnOption opaque source flags wide desc sourcedesc out room to like for now value
syntax keyword scnUnit int int32 byte bytes
syntax keyword scnWho me sv nobody forged null unreadable readonly all kernel keeper site user_start user_end sv_start
syntax keyword scnWho sv_end high_start high_end
syntax keyword scnOutcome blocked fault gone nothing none wakes done deadlock or

syntax match scnStatus "\<K_[A-Z]\+\>"
syntax match scnStatus "\<E[A-Z]\{3,}\>"
syntax match scnNumber "\<\(0x\x\+\|\d\+\)\>"
syntax match scnUnit "\(\d\s*\)\@<=\(pages\=\|KiB\|MiB\|GiB\|s\|ms\|us\|ns\)\>"
syntax match scnArrow "->"
syntax match scnEscape contained "\\\(x\x\x\|.\)"
syntax region scnText start=+"+ skip=+\\.+ end=+"+ oneline contains=scnEscape
syntax match scnComment "#.*$" contains=@Spell

highlight default link scnStatement Statement
highlight default link scnCall Function
highlight default link scnAbsent Special
highlight default link scnOption Type
highlight default link scnUnit Type
highlight default link scnWho Constant
highlight default link scnOutcome Constant
highlight default link scnStatus Constant
highlight default link scnNumber Number
highlight default link scnArrow Operator
highlight default link scnEscape SpecialChar
highlight default link scnText String
highlight default link scnComment Comment

let b:current_syntax = "scn"
