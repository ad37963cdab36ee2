/** A QR symbol as services send it: `Path` draws its dark modules, and a side has `Size` of them. */
export type QrSymbolRow = { readonly Size: number; readonly Path: string };

/** Draws a QR symbol, dark on white whatever the theme, large enough to be scanned off a screen. */
export const QrSymbol = ({ of: { Size, Path }, label }: { of: QrSymbolRow; label: string }) => (
  <svg
    role="img"
    aria-label={label}
    width={Size * 6}
    height={Size * 6}
    viewBox={`0 0 ${Size} ${Size}`}
    shapeRendering="crispEdges"
  >
    <rect width={Size} height={Size} fill="#fff" />
    <path d={Path} fill="#000" />
  </svg>
);
