import { useEffect, useMemo, useState, type ReactNode } from 'react';
import { QueryCache, QueryClient, QueryClientProvider, useQuery } from '@tanstack/react-query';
import { api, CallError } from '../api/client';
import { languagePlace } from '../api/definitions';
import type { Me, Page as ListPage, Team } from '../api/types';
import { ConfirmEmail } from '../entry/ConfirmEmail';
import { Join } from '../entry/Join';
import { Reset } from '../entry/Reset';
import { Setup } from '../entry/Setup';
import { SignIn } from '../entry/SignIn';
import { Loading } from '../parts/basics';
import { ProblemBox } from '../parts/problem';
import { ToastProvider } from '../parts/toasts';
import { languageOf, TextProvider } from '../text/text';
import { teamPlace, type Known } from './ahead';
import { contentOf, isArea, load } from './areas';
import { Crash } from './Crash';
import { Layout } from './Layout';
import { NotFound } from './NotFound';
import { navigate, usePathname } from './router';
import { match, type Match } from './routes';
import { SessionContext } from './session';

const tries = 2;

/** Who is refused for not being signed in goes to the page where one signs in, and back afterwards. */
function toSignIn() {
  const here = match(location.pathname)?.name;
  if (here === 'sign-in' || here === 'setup' || here === 'join' || here === 'reset') return;
  navigate(`/sign-in?return_to=${encodeURIComponent(location.pathname + location.search)}`, { replace: true });
}

function makeClient(known: Known | undefined) {
  const client = new QueryClient({
    queryCache: new QueryCache({
      onError: (error) => {
        if (error instanceof CallError && error.status === 401) toSignIn();
      },
    }),
    defaultOptions: {
      queries: {
        staleTime: 5_000,
        retry: (count, error) =>
          count < tries && !(error instanceof CallError && error.status >= 400 && error.status < 500),
      },
    },
  });
  if (known) {
    client.setQueryData(['me'], known.me);
    client.setQueryData(['teams'], known.teams);
  }
  return client;
}

export function App({ known }: { known: Known | undefined }) {
  const [client] = useState(() => makeClient(known));
  return (
    <QueryClientProvider client={client}>
      <Route />
    </QueryClientProvider>
  );
}

function Speaking({ me, children }: { me?: Me; children: ReactNode }) {
  const language = languageOf(me?.user.language, ...navigator.languages);
  useEffect(() => {
    document.documentElement.lang = language;
    localStorage.setItem(languagePlace, language);
  }, [language]);
  return (
    <TextProvider language={language} zone={me?.user.zone}>
      <ToastProvider>{children}</ToastProvider>
    </TextProvider>
  );
}

function Route() {
  const found = match(usePathname());
  switch (found?.name) {
    case 'setup':
      return (
        <Speaking>
          <Setup />
        </Speaking>
      );
    case 'sign-in':
      return (
        <Speaking>
          <SignIn />
        </Speaking>
      );
    case 'join':
      return (
        <Speaking>
          <Join />
        </Speaking>
      );
    case 'reset':
      return (
        <Speaking>
          <Reset />
        </Speaking>
      );
    case 'email':
      return (
        <Speaking>
          <ConfirmEmail />
        </Speaking>
      );
    default:
      return <SignedIn found={found} />;
  }
}

function SignedIn({ found }: { found: Match | undefined }) {
  const me = useQuery({ queryKey: ['me'], queryFn: () => api.get<Me>('/me') });
  const teams = useQuery({
    queryKey: ['teams'],
    queryFn: () => api.get<ListPage<Team>>('/teams'),
    enabled: me.isSuccess,
  });
  const [chosen, setChosen] = useState(Number(localStorage.getItem(teamPlace)));
  const session = useMemo(() => {
    if (!me.data || !teams.data) return undefined;
    const list = teams.data.items;
    const team = (list.find((x) => x.id === chosen) ?? list[0])?.id ?? 0;
    const choose = (id: number) => {
      localStorage.setItem(teamPlace, String(id));
      setChosen(id);
    };
    return { me: me.data, teams: list, team, choose };
  }, [me.data, teams.data, chosen]);

  if (!session) {
    const error = me.error ?? teams.error;
    return (
      <Speaking>
        <main className="alone">
          {error ? <ProblemBox error={error} retry={() => void me.refetch()} /> : <Loading />}
        </main>
      </Speaking>
    );
  }
  return (
    <Speaking me={session.me}>
      <SessionContext value={session}>
        <Layout found={found}>
          <View key={`${found?.name ?? ''} ${found?.id ?? 0} ${found?.text ?? ''} ${session.team}`} found={found} />
        </Layout>
      </SessionContext>
    </Speaking>
  );
}

function Home() {
  useEffect(() => {
    navigate('/scenarios', { replace: true });
  }, []);
  return <Loading />;
}

function View({ found }: { found: Match | undefined }) {
  if (found?.name === 'home') return <Home />;
  if (!found || !isArea(found.name)) return <NotFound />;
  return (
    <Crash>
      <Area found={found} />
    </Crash>
  );
}

/** A page of an area, as soon as it is loaded. Suspense would hold it back for a while where it had to wait at all. */
function Area({ found }: { found: Match }) {
  const { name } = found;
  const [Content, setContent] = useState(() => contentOf(name));
  const [error, setError] = useState<Error>();
  useEffect(() => {
    if (!Content) load(name).then(() => setContent(() => contentOf(name)), setError);
  }, [name, Content]);
  if (error) throw error;
  return Content ? <Content {...found} /> : <Loading />;
}
