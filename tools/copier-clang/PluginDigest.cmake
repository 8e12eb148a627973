# Writes HEADER with the SHA-256 of PLUGIN. The driver contains it because ccache
# and its like know a compiler by its executable alone: with another plugin it
# must be another executable. VERSION is the project's.
cmake_minimum_required(VERSION 3.25)
file(SHA256 ${PLUGIN} digest)
file(CONFIGURE OUTPUT ${HEADER} CONTENT
"// Generated: what the driver was built with.
#define COPIER_VERSION \"@VERSION@\"
#define COPIER_PLUGIN_SHA256 \"@digest@\"
" @ONLY)
