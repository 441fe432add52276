# What every target of this project is compiled with. -Werror comes from the presets alone.
function(quarry_compile_options target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wconversion -Wshadow
    -Wold-style-cast -Wnon-virtual-dtor -Woverloaded-virtual)
  target_compile_definitions(${target} PRIVATE $<$<CONFIG:Debug>:QUARRY_ASSERTIONS _GLIBCXX_ASSERTIONS>)
  if(QUARRY_SANITIZE)
    # The library is what is watched at work; the rest need only be compiled soon, and is watched
    # for addresses alone. What may lie anywhere has a relocation for every place that is checked:
    # 50 ms a start. Null pointers and ends of objects are seen by the address sanitizer, too, at a
    # quarter less to compile. GCC takes the variants of attributes for uninitialized then; the
    # other builds keep that warning.
    target_compile_options(${target} PRIVATE -g1 -fno-pie -fno-omit-frame-pointer
      -fsanitize=${QUARRY_SANITIZE} -Wno-maybe-uninitialized)
    if(target STREQUAL quarry)
      target_compile_options(${target} PRIVATE -Og -fno-sanitize=null,object-size,vptr
        -fno-sanitize-recover=all)
    else()
      target_compile_options(${target} PRIVATE -O0 -fno-sanitize=undefined)
    endif()
    target_link_options(${target} PRIVATE -no-pie -fsanitize=${QUARRY_SANITIZE})
  endif()
endfunction()

# Headers of others that most sources of a target include and that take longest to read. Never our
# own: a source that forgets one must not compile.
function(quarry_precompile target)
  target_precompile_headers(${target} PRIVATE ${ARGN})
  target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>)
endfunction()
