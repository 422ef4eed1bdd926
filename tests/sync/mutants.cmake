# The explorer again, over copies of the algorithm with one line changed: each must be found wrong. A test that says so is
# what shows that the explorer can fail.
function(chorus_mutant name from to)
  set(folder ${CMAKE_CURRENT_BINARY_DIR}/mutants/${name})
  chorus_changed_copy(${PROJECT_SOURCE_DIR}/src/sync/semaphore.hpp ${folder}/sync/semaphore.hpp "${from}" "${to}")
  add_executable(mutant-${name} sync/explorer/model.cpp)
  target_include_directories(mutant-${name} BEFORE PRIVATE
    ${folder} ${CMAKE_CURRENT_SOURCE_DIR}/sync ${PROJECT_SOURCE_DIR}/include)
  target_compile_options(mutant-${name} PRIVATE -w) # what it does not use any more is no mistake
  target_link_libraries(mutant-${name} PRIVATE explorer-main)
  add_test(NAME Explorer.finds-${name} COMMAND mutant-${name})
  set_tests_properties(Explorer.finds-${name} PROPERTIES PASS_REGULAR_EXPRESSION "^wrong: " TIMEOUT 300 LABELS all)
endfunction()

chorus_mutant(no-closing
  "if (state::is_waiting(seen)) {" "if (false) {")
chorus_mutant(no-second-look
  "if (platform.wake_one()) return Result::ok;
        if (platform.exchange(seen, state::with_word(seen, 1)))" "if (platform.exchange(seen, state::with_word(seen, 1)))")
chorus_mutant(no-round
  "state::closed | platform.round()" "state::closed")
chorus_mutant(wake-and-keep
  "if (platform.wake_one()) return Result::ok;
        // Nobody" "platform.wake_one();
        // Nobody")
chorus_mutant(announced-once-for-all
  "- announcement + state::announcement" "+ 0")
chorus_mutant(announced-again-and-again
  "announcement = state::announcement;" "")
chorus_mutant(left-without-a-word
  "leave(platform);
                return Result::timed_out;" "return Result::timed_out;")
chorus_mutant(left-twice
  "leave(platform);
                return Result::timed_out;" "leave(platform);
                leave(platform);
                return Result::timed_out;")
chorus_mutant(opened-by-any
  "state::announced(seen) == 1" "state::announced(seen) >= 1")
chorus_mutant(token-leaves-announcement
  "seen - 1 - announcement" "seen - 1")
chorus_mutant(token-takes-anothers-announcement
  "seen - 1 - announcement" "seen - 1 - (state::announced(seen) != 0 ? state::announcement : 0)")
chorus_mutant(signal-is-a-token
  "case Slept::changed:
            case Slept::interrupted:
                break;" "case Slept::changed:
                break;
            case Slept::interrupted:
                return Result::ok;")
chorus_mutant(time-out-is-a-token
  "return Result::timed_out;
            case Slept::changed" "return Result::ok;
            case Slept::changed")
chorus_mutant(woken-asks-again
  "return Result::ok;
            case Slept::timed_out" "break;
            case Slept::timed_out")
