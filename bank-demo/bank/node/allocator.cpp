// How jemalloc, which the program is linked with, behaves; nothing without it.

/// What was freed goes back to the system after a second, not after ten: a burst that fills
/// thousands of streams' buffers leaves no more behind it than the next one needs.
extern "C" {
extern const char* malloc_conf;
const char* malloc_conf = "dirty_decay_ms:1000,muzzy_decay_ms:0";
}
