package customerly

import (
	"fmt"
	"math/bits"
	"strconv"
)

// profile is what the real service learns from a visit. It is drawn from the contact's seed whenever it is shown, so a
// million generated contacts need no memory for it.
type profile struct {
	known    bool
	place    place
	browser  program
	system   program
	campaign campaign
	page     string
	provider string
	mobile   string // Android device; empty for most
	sessions int
	score    int // vote of 0 to 10, or -1
	bounce   int // 0 none, 1 soft, 2 hard
	seed     uint64
}

type place struct {
	city, region, regionCode, postalCode, country, countryCode, continent, continentCode string
	timezone, language, latitude, longitude                                              string
}

type program struct{ name, version string }

type campaign struct{ referrer, source, medium, name string }

type segment struct {
	id   int64
	name string
}

// dice is a small deterministic random source (the splitmix64 sequence).
type dice struct{ state uint64 }

func (d *dice) next() uint64 {
	d.state += 0x9e3779b97f4a7c15
	z := d.state
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb
	return z ^ (z >> 31)
}

// below returns a number from 0 to n-1; n must be positive.
func (d *dice) below(n int) int {
	high, _ := bits.Mul64(d.next(), uint64(n))
	return int(high)
}

// drawProfile returns the profile of a seed; seed 0 knows nothing.
func drawProfile(seed uint64) profile {
	if seed == 0 {
		return profile{score: -1}
	}
	d := &dice{state: seed}
	p := profile{
		known: true, seed: seed, place: pick(d.next(), placeTable), browser: pick(d.next(), browserTable), system: pick(d.next(), systemTable),
		campaign: pick(d.next(), campaignTable), page: "https://www.acme.example" + pick(d.next(), pageTable), provider: pick(d.next(), providerTable),
		sessions: 1 + d.below(60), score: d.below(30), bounce: max(0, d.below(100)-97),
	}
	if p.score > 10 {
		p.score = -1
	}
	if d.below(20) == 0 {
		p.mobile = "Pixel 9"
	}
	return p
}

// address is from the block that is reserved for documentation, so that it is nobody's.
func (p *profile) address() string {
	return "203.0.113." + strconv.FormatUint(p.seed%254+1, 10)
}

// drawAttributes returns the custom attributes of a generated contact, sorted by name.
func drawAttributes(seed uint64, firstSeen int64) []attribute {
	d := &dice{state: seed ^ 0xa77}
	attributes := []attribute{
		{"newsletter", strconv.FormatBool(d.below(3) > 0)},
		{"plan", pick(d.next(), planTable)},
		{"seats", strconv.Itoa(1 + d.below(40))},
		{"trial_ends_at", strconv.FormatInt(firstSeen+14*86400, 10)},
	}
	if d.below(4) == 0 {
		return attributes[:1]
	}
	return attributes
}

func drawSegment(seed uint64) segment {
	if seed == 0 {
		return segment{}
	}
	return pick((&dice{state: seed ^ 0x5e9}).next(), segmentTable)
}

// pick chooses from one of the tables below, which nothing ever changes.
func pick[T any](draw uint64, from []T) T { return from[draw%uint64(len(from))] }

var placeTable = []place{
	{"Milan", "Lombardy", "25", "20121", "Italy", "IT", "Europe", "EU", "Europe/Rome", "it", "45.4642", "9.19"},
	{"Rome", "Lazio", "62", "00184", "Italy", "IT", "Europe", "EU", "Europe/Rome", "it", "41.9028", "12.4964"},
	{"Berlin", "Berlin", "BE", "10115", "Germany", "DE", "Europe", "EU", "Europe/Berlin", "de", "52.52", "13.405"},
	{"Munich", "Bavaria", "BY", "80331", "Germany", "DE", "Europe", "EU", "Europe/Berlin", "de", "48.1351", "11.582"},
	{"Prague", "Prague", "10", "110 00", "Czechia", "CZ", "Europe", "EU", "Europe/Prague", "cs", "50.0755", "14.4378"},
	{"Lyon", "Auvergne-Rhône-Alpes", "ARA", "69001", "France", "FR", "Europe", "EU", "Europe/Paris", "fr", "45.764", "4.8357"},
	{"Madrid", "Madrid", "MD", "28001", "Spain", "ES", "Europe", "EU", "Europe/Madrid", "es", "40.4168", "-3.7038"},
	{"Porto", "Porto", "13", "4000-001", "Portugal", "PT", "Europe", "EU", "Europe/Lisbon", "pt", "41.1579", "-8.6291"},
	{"Leeds", "England", "ENG", "LS1", "United Kingdom", "GB", "Europe", "EU", "Europe/London", "en-GB", "53.8008", "-1.5491"},
	{"Galway", "Connacht", "C", "H91", "Ireland", "IE", "Europe", "EU", "Europe/Dublin", "en-IE", "53.2707", "-9.0568"},
	{"Gothenburg", "Västra Götaland", "O", "411 03", "Sweden", "SE", "Europe", "EU", "Europe/Stockholm", "sv", "57.7089", "11.9746"},
	{"Kraków", "Lesser Poland", "12", "30-001", "Poland", "PL", "Europe", "EU", "Europe/Warsaw", "pl", "50.0647", "19.945"},
	{"Austin", "Texas", "TX", "78701", "United States", "US", "North America", "NA", "America/Chicago", "en-US", "30.2672", "-97.7431"},
	{"Portland", "Oregon", "OR", "97201", "United States", "US", "North America", "NA", "America/Los_Angeles", "en-US", "45.5152", "-122.6784"},
	{"Boston", "Massachusetts", "MA", "02108", "United States", "US", "North America", "NA", "America/New_York", "en-US", "42.3601", "-71.0589"},
	{"Toronto", "Ontario", "ON", "M5H", "Canada", "CA", "North America", "NA", "America/Toronto", "en-CA", "43.6532", "-79.3832"},
	{"Curitiba", "Paraná", "PR", "80010", "Brazil", "BR", "South America", "SA", "America/Sao_Paulo", "pt-BR", "-25.4284", "-49.2733"},
	{"Pune", "Maharashtra", "MH", "411001", "India", "IN", "Asia", "AS", "Asia/Kolkata", "en-IN", "18.5204", "73.8567"},
	{"Osaka", "Osaka", "27", "530-0001", "Japan", "JP", "Asia", "AS", "Asia/Tokyo", "ja", "34.6937", "135.5023"},
	{"Perth", "Western Australia", "WA", "6000", "Australia", "AU", "Oceania", "OC", "Australia/Perth", "en-AU", "-31.9505", "115.8605"},
}

var browserTable = []program{{"Chrome", "141.0"}, {"Chrome", "140.0"}, {"Safari", "18.6"}, {"Firefox", "144.0"}, {"Edge", "141.0"}}

var systemTable = []program{{"Windows", "11"}, {"Windows", "10"}, {"OS X", "15.6"}, {"Linux", "x86_64"}, {"iOS", "18.6"}, {"Android", "15"}}

var campaignTable = []campaign{
	{},
	{},
	{},
	{referrer: "https://search.example/"},
	{"https://search.example/", "search", "cpc", "brand"},
	{"https://news.example/", "newsletter", "email", "spring_launch"},
	{"https://social.example/", "social", "post", "webinar"},
}

var pageTable = []string{"/", "/pricing", "/features", "/docs", "/signup", "/blog/automation", "/contact"}

var providerTable = []string{"Example Telecom", "Sample Fibre", "Demo Mobile", "Acme Broadband"}

var planTable = []string{`"free"`, `"free"`, `"starter"`, `"pro"`, `"business"`}

var segmentTable = []segment{{}, {}, {1, "Active this month"}, {2, "On a trial"}, {3, "Slipping away"}}

var colourTable = []string{"#4a6fa5", "#5f8d4e", "#b5654a", "#7a5ea8", "#3d8b8b", "#a8893b"}

// generatedEmail is unique by number and lies in a domain that is reserved for examples.
func generatedEmail(first, last, domain string, number int) string {
	return fmt.Sprintf("%s.%s.%s@%s", first, last, strconv.FormatInt(int64(number), 36), domain)
}
