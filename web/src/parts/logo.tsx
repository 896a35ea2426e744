export function Logo() {
  return (
    <svg className="logo" viewBox="0 0 32 32" aria-hidden>
      <rect className="logo-ground" width="32" height="32" rx="8" />
      <path className="logo-rope" d="M5 11 27 7M16 9v5" />
      <rect className="logo-cabin" x="9" y="14" width="14" height="11" rx="3" />
      <path className="logo-window" d="M12 18h8" />
    </svg>
  );
}
