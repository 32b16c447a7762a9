import Foundation
import TandemHub

extension HubSettings {
    /// The settings that this process's environment gives.
    static func current() throws -> HubSettings {
        try HubSettings(environment: ProcessInfo.processInfo.environment, homeDirectory: NSHomeDirectory())
    }
}
