extension ChatTemplate {
    /// Bounds on what a template may do. Templates come with model files, so nobody has to trust them.
    public struct Limits: Sendable, Equatable {
        /// The longest template, in bytes of UTF-8.
        public var sourceByteCount = 1 << 20
        /// How deep brackets, operators and blocks may stand inside each other in the source.
        public var syntaxDepth = 48
        /// How deep evaluation may go, through nested expressions, blocks and macros that call macros.
        public var evaluationDepth = 160
        /// How deep lists and dictionaries may nest, in the input and in what the template builds.
        public var valueDepth = 64
        /// Passes through loop bodies, all loops together.
        public var loopIterationCount = 1_000_000
        /// Bytes of the rendered text, and of any text on the way to it.
        public var outputByteCount = 16 << 20
        /// Elementary steps: one for each expression, list element and 64 bytes of text that is handled.
        public var stepCount = 20_000_000
        /// How long rendering may take by the clock, whatever the machine.
        public var duration = Duration.seconds(10)

        /// The usual bounds, far above what published templates need.
        public init() {}
    }
}
