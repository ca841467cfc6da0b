export default function Soon(_: Record<string, unknown>) {
  return null
}
