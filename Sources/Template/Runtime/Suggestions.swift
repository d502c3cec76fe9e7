import Diagnostics

/// Candidates that look like a word, for "did you mean".
func nearest(_ word: String, in candidates: some Sequence<String>) -> [String] {
  suggestion(for: word, among: candidates).map { [$0] } ?? []
}
