// What a program says to the engine and hears from it is defined further down. `import Tandem` brings all of it.
@_exported public import TandemCheckpoint
@_exported public import TandemDecoding
@_exported public import TandemModels
@_exported public import TandemText
