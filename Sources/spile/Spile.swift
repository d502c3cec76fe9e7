@main
struct Spile {
  static func main() {}
}
