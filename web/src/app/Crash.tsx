import { Component, type ReactNode } from 'react';
import { Button } from '../parts/basics';
import { useText } from '../text/text';

interface Props {
  children: ReactNode;
}

/** Keeps a page that cannot be drawn from taking the frame with it. */
export class Crash extends Component<Props, { error?: Error }> {
  override state: { error?: Error } = {};

  static getDerivedStateFromError(error: Error) {
    return { error };
  }

  override render() {
    return this.state.error ? <Told error={this.state.error} /> : this.props.children;
  }
}

function Told({ error }: { error: Error }) {
  const { t } = useText();
  return (
    <div className="problem" role="alert">
      <div>
        <p>{t('error.render')}</p>
        <p className="hint">{t('error.render.hint')}</p>
        <p className="hint">{error.message}</p>
        <Button onClick={() => location.reload()}>{t('common.retry')}</Button>
      </div>
    </div>
  );
}
