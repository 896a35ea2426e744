package customerly

import (
	"strconv"
	"strings"
	"time"
)

// generate fills an empty store with plausible contacts, teammates' articles and tags. The same seed and the same day
// give the same people.
func (s *store) generate(opts Options) {
	if opts.Users+opts.Leads == 0 {
		return
	}
	g := newGenerator(opts)
	for _, tag := range tagTable {
		s.defineTag(tag)
	}
	for i := range opts.Users + opts.Leads {
		next := g.contact(i, i < opts.Users)
		next.id = s.nextID("contact")
		s.put(next)
	}
	s.generateKnowledge(g.today)
}

// generator draws contacts one after the other.
type generator struct {
	seed   uint64
	today  int64    // midnight UTC before now; everything generated lies before it
	first  []string // in lower case, as addresses need them
	last   []string
	names  [][]string // shared by all contacts with the same name
	combos [][]string // tag lists, shared too
}

func newGenerator(opts Options) *generator {
	g := &generator{seed: uint64(opts.Seed), today: opts.Now().UTC().Truncate(24 * time.Hour).Unix()}
	for _, first := range firstNameTable {
		g.first = append(g.first, strings.ToLower(first))
		row := make([]string, 0, len(lastNameTable))
		for _, last := range lastNameTable {
			row = append(row, first+" "+last)
		}
		g.names = append(g.names, row)
	}
	for _, last := range lastNameTable {
		g.last = append(g.last, strings.ToLower(last))
	}
	g.combos = append(g.combos, nil, nil, nil)
	for i, tag := range tagTable {
		g.combos = append(g.combos, []string{tag}, []string{tag, tagTable[(i+3)%len(tagTable)]})
	}
	return g
}

const (
	daysOfHistory = 700
	secondsPerDay = 86400
)

// contact draws the contact of a number.
func (g *generator) contact(number int, isUser bool) contact {
	d := &dice{state: g.seed ^ uint64(number)*0xd1342543de82ef95}
	first, last := d.below(len(g.first)), d.below(len(g.last))
	age := 1 + d.below(daysOfHistory*secondsPerDay)
	c := contact{
		isUser: isUser, derived: true, seed: d.next() | 1, name: g.names[first][last],
		email:     generatedEmail(g.first[first], g.last[last], pick(d.next(), domainTable), number),
		tags:      g.combos[d.below(len(g.combos))],
		firstSeen: g.today - int64(age),
	}
	c.lastActivity = c.firstSeen + int64(d.below(age))
	c.lastUpdate = c.lastActivity
	c.unsubscribed = d.below(25) == 0
	if isUser {
		c.userID = "u" + strconv.Itoa(100000+number)
		c.wasLead = d.below(4) == 0
	} else if d.below(6) == 0 {
		c.name, c.autoName = pick(d.next(), autoNameTable), true
	}
	return c
}

func (s *store) generateKnowledge(now int64) {
	for i, title := range collectionTable {
		collection := Collection{
			ID: s.nextID("collection"), AppID: s.appID, Title: title, Slug: slugOf(title), Icon: "book", Sort: int64(i + 1), Locale: "en",
			Description: "Articles about: " + strings.ToLower(title),
		}
		s.knowledge.collections[collection.ID] = collection
		for j, topic := range topicTable {
			article := Article{
				ID: s.nextID("article"), CollectionID: collection.ID, AppID: s.appID, Title: topic + ": " + title,
				Description: topic, Body: "<h1>" + topic + "</h1><p>An article of the sandbox.</p>", Slug: slugOf(topic + " " + title),
				Status: "published", WrittenBy: writerTable[j%len(writerTable)].ID, CreatedAt: now - int64(j+1)*secondsPerDay,
				UpdatedAt: now - int64(j)*secondsPerDay, NumVisits: int64(40 * (j + 1)), NumPositiveVotes: int64(7 + j), Keywords: "sandbox", Sort: int64(j + 1),
			}
			s.knowledge.articles[article.ID] = article
		}
	}
}

var (
	firstNameTable = []string{
		"Ada", "Alan", "Amelie", "Andrea", "Anna", "Bela", "Carla", "Chiara", "Daniel", "David", "Elena", "Emil", "Emma", "Erik",
		"Eva", "Felix", "Filip", "Giulia", "Hana", "Hugo", "Ines", "Irena", "Ivan", "Jana", "Julia", "Karin", "Lars", "Laura",
		"Leo", "Lina", "Luca", "Lucie", "Marco", "Maria", "Marta", "Matteo", "Mia", "Mila", "Nadia", "Nina", "Noah", "Nora",
		"Olga", "Oscar", "Pavel", "Petra", "Rosa", "Sara", "Simon", "Sofia", "Teo", "Tomas", "Vera", "Victor", "Zoe",
	}
	lastNameTable = []string{
		"Adler", "Alves", "Bakker", "Baran", "Bauer", "Bianchi", "Blanc", "Brandt", "Brown", "Costa", "Dubois", "Dvorak", "Ek",
		"Esposito", "Evans", "Fischer", "Garcia", "Greco", "Haas", "Hansen", "Horak", "Ito", "Jansen", "Keller", "Klein", "Kovacs",
		"Laine", "Lang", "Larsen", "Lopez", "Maier", "Marin", "Moretti", "Murphy", "Nagy", "Nowak", "Novak", "Olsen", "Park",
		"Patel", "Pereira", "Petit", "Ricci", "Rossi", "Roux", "Santos", "Sato", "Schmidt", "Silva", "Singh", "Smith", "Svoboda",
		"Taylor", "Varga", "Vogel", "Walker", "Weber", "Wolf", "Young", "Zeman",
	}
	domainTable     = []string{"example.com", "example.net", "example.org", "mail.example", "acme.example", "studio.example"}
	tagTable        = []string{"beta", "churn-risk", "customer", "demo", "newsletter", "onboarding", "partner", "remarketing", "trial", "vip"}
	autoNameTable   = []string{"Amber Heron", "Blue Falcon", "Calm Otter", "Green Lynx", "Quick Badger", "Silver Fox"}
	collectionTable = []string{"Getting started", "Billing", "Integrations"}
	topicTable      = []string{"First steps", "Frequent questions", "What to do when it fails", "Good habits"}
)
