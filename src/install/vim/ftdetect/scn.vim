" Scenarios of chorus-sim.
autocmd BufNewFile,BufRead *.scn setfiletype scn
