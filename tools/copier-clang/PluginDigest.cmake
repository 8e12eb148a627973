# Writes HEADER with the SHA-256 of PLUGIN, and of the plugins SANITIZER and SOURCE
# together. The driver contains it because ccache
# and its like know a compiler by its executable alone: with another plugin it
# must be another executable. VERSION is the project's.
cmake_minimum_required(VERSION 3.25)
file(SHA256 ${PLUGIN} digest)
file(SHA256 ${SANITIZER} sanitizer_digest)
file(SHA256 ${SOURCE} source_digest)
string(SHA256 sanitizer_digest "${sanitizer_digest}${source_digest}")
file(CONFIGURE OUTPUT ${HEADER} CONTENT
"// Generated: what the driver was built with.
#define COPIER_VERSION \"@VERSION@\"
#define COPIER_PLUGIN_SHA256 \"@digest@\"
#define COPIER_SANITIZER_SHA256 \"@sanitizer_digest@\"
" @ONLY)
