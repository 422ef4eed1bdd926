" Scenarios of chorus-sim: `:make` runs the file, `K` explains the verb under the cursor.
if exists("b:did_ftplugin")
  finish
endif
let b:did_ftplugin = 1

setlocal commentstring=#\ %s
setlocal comments=:#
setlocal makeprg=chorus-sim\ run\ %:S
setlocal errorformat=%f:%l:%c:\ %m,%f:%l:\ %m,%-G%.%#
setlocal keywordprg=chorus-sim\ help

let b:undo_ftplugin = "setlocal commentstring< comments< makeprg< errorformat< keywordprg<"
