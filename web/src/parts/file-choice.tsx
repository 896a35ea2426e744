import { useRef, type ReactNode } from 'react';
import { FileUp } from 'lucide-react';
import { Button } from './basics';
import './file-choice.css';

interface FileChoiceProps {
  lead: string;
  /** What the button says. */
  choose: string;
  accept: string;
  onFile: (file: File) => void;
  children?: ReactNode;
}

/** A place where a file is dropped, with a button that asks for one. */
export function FileChoice({ lead, choose, accept, onFile, children }: FileChoiceProps) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <div
      className="file-choice"
      onDragOver={(e) => e.preventDefault()}
      onDrop={(e) => {
        e.preventDefault();
        e.stopPropagation();
        const file = e.dataTransfer.files[0];
        if (file) onFile(file);
      }}
    >
      <FileUp aria-hidden />
      <p>{lead}</p>
      <input
        ref={input}
        className="hidden"
        type="file"
        accept={accept}
        aria-label={choose}
        tabIndex={-1}
        onChange={(e) => {
          const file = e.target.files?.[0];
          if (file) onFile(file);
          e.target.value = ''; // the same file can be chosen again once it was repaired
        }}
      />
      <Button onClick={() => input.current?.click()}>{choose}</Button>
      {children}
    </div>
  );
}
