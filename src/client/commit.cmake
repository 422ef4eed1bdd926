# Writes HEADER, which names VERSION and the commit of the checkout in SOURCE_DIR. COMMIT, if given, names the commit of
# a source tree without git.
if(NOT COMMIT)
  set(COMMIT unknown)
  if(EXISTS ${SOURCE_DIR}/.git)
    execute_process(COMMAND git -C ${SOURCE_DIR} rev-parse --short=10 HEAD
      OUTPUT_VARIABLE HEAD OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE FAILED)
    if(FAILED EQUAL 0)
      set(COMMIT ${HEAD})
    endif()
  endif()
endif()
file(WRITE ${HEADER} "#define CHORUS_VERSION \"${VERSION}\"\n#define CHORUS_COMMIT \"${COMMIT}\"\n")
