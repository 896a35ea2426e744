import { useMapping } from './mapping';
import { pillOf, toneStyle } from './pills';
import { pieces, type Piece } from './template';

function PieceView({ piece }: { piece: Piece }) {
  const { byId, words } = useMapping();
  if (piece.kind === 'reference') {
    const pill = pillOf(piece, byId, words);
    return (
      <span className={`pill ${pill.tone} ${pill.state}`} style={toneStyle(pill.color)} title={pill.title}>
        <span className="pill-badge">{pill.badge}</span>
        <span className="pill-label">{pill.label}</span>
      </span>
    );
  }
  if (piece.kind === 'open') return <span className="piece-cap open">{'{'}</span>;
  if (piece.kind === 'close') return <span className="piece-cap close">{'}'}</span>;
  if (piece.kind === 'text' || piece.kind === 'space') return piece.text;
  return <span className={`piece ${piece.kind}`}>{piece.text}</span>;
}

/** Shows a template with its pills, as the editor does, where nobody writes in it. */
export function Template({ text }: { text: string }) {
  const list = pieces(text);
  const groups: Piece[][] = [];
  let inside = false;
  for (const piece of list) {
    const last = groups[groups.length - 1];
    if (inside && last) last.push(piece);
    else groups.push([piece]);
    if (piece.kind === 'open') inside = true;
    if (piece.kind === 'close') inside = false;
  }
  return groups.map((group) => {
    const views = group.map((p) => <PieceView key={p.from} piece={p} />);
    return group.length > 1 ? (
      <span key={group[0]?.from} className="piece-group">
        {views}
      </span>
    ) : (
      views
    );
  });
}
