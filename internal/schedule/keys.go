package schedule

// The keys of a scheduling object beside "type".
const (
	keyInterval = "interval"
	keyDate     = "date"
	keyDays     = "days"
	keyMonths   = "months"
	keyTime     = "time"
	keyBetween  = "between"
	keyRestrict = "restrict"
)

// keyNames lists the keys in the order in which they are written.
func keyNames() []string {
	return []string{keyInterval, keyDate, keyDays, keyMonths, keyTime, keyBetween, keyRestrict}
}

// need says whether a key must be there.
type need bool

const (
	required need = true
	optional need = false
)

// keysOf says which keys a kind uses; nil for kinds that do not exist.
func keysOf(kind Kind) map[string]need {
	switch kind {
	case Immediately:
		return map[string]need{keyBetween: optional, keyRestrict: optional}
	case Interval:
		return map[string]need{keyInterval: optional, keyBetween: optional, keyRestrict: optional}
	case Once:
		return map[string]need{keyDate: required, keyBetween: optional}
	case Daily:
		return map[string]need{keyTime: required, keyBetween: optional}
	case Weekly, Monthly:
		return map[string]need{keyDays: required, keyTime: required, keyBetween: optional}
	case Yearly:
		return map[string]need{keyMonths: required, keyDays: required, keyTime: required, keyBetween: optional}
	case OnDemand:
		return map[string]need{}
	}
	return nil
}
