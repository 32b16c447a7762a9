import Testing

/// Tests that start programs, one after the other: on Linux, Foundation learns of a program's end by a socket that every
/// program started at the same time inherits, and so only when the last of them has ended.
@Suite(.serialized) enum ProgramTests {}
