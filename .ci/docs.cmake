# The HTML reference of the C++ interface, from the headers' comments:
#   cmake --build build/release --target docs     writes build/release/docs/html/index.html
find_package(Doxygen 1.9 QUIET)
if(NOT DOXYGEN_FOUND)
  add_custom_target(docs
    COMMAND ${CMAKE_COMMAND} -E echo "docs needs doxygen (.ci/install docs installs it): configure again once it is there"
    COMMAND ${CMAKE_COMMAND} -E false VERBATIM)
  return()
endif()

set(DOXYGEN_OUTPUT_DIRECTORY docs)
set(DOXYGEN_FILE_PATTERNS *.hpp)
set(DOXYGEN_STRIP_FROM_PATH ${PROJECT_SOURCE_DIR})
set(DOXYGEN_STRIP_FROM_INC_PATH ${PROJECT_SOURCE_DIR})
set(DOXYGEN_USE_MDFILE_AS_MAINPAGE ${PROJECT_SOURCE_DIR}/README.md)
set(DOXYGEN_EXTRACT_ALL YES)            # a name that says it all has no comment
set(DOXYGEN_EXCLUDE_SYMBOLS rl::detail rl::detail::*)
set(DOXYGEN_JAVADOC_AUTOBRIEF NO)
set(DOXYGEN_BUILTIN_STL_SUPPORT YES)
set(DOXYGEN_SORT_MEMBER_DOCS NO)        # in the order in which the header explains them
set(DOXYGEN_TOC_INCLUDE_HEADINGS 0)
set(DOXYGEN_HAVE_DOT NO)
set(DOXYGEN_GENERATE_TREEVIEW YES)
set(DOXYGEN_QUIET YES)
set(DOXYGEN_WARN_IF_UNDOCUMENTED NO)    # nor are parameters named one by one
set(DOXYGEN_WARN_AS_ERROR FAIL_ON_WARNINGS)
doxygen_add_docs(docs README.md rl envs algorithms
  WORKING_DIRECTORY ${PROJECT_SOURCE_DIR} COMMENT "Writing docs/html")
