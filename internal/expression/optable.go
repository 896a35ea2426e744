package expression

// Operators returns the operators, those that bind loosest first.
func Operators() []Operator {
	return []Operator{
		{Sign: "| or", Precedence: levelOr, Summary: "The left value where it counts as true, else the right one, which is computed only then.", Examples: []Example{
			gives(`1.missing | "none"`, `"none"`), gives(`false or 0`, `0`),
		}},
		{Sign: "||", Precedence: levelOr, AppOnly: true, Summary: "The same.", Examples: []Example{gives(`parameters.limit || 10`, `10`)}},
		{Sign: "??", Precedence: levelOr, AppOnly: true, Summary: "The left value unless it is undefined or null, else the right one.", Examples: []Example{
			gives(`parameters.limit ?? 10`, `10`), gives(`0 ?? 10`, `0`),
		}},
		{Sign: "& and", Precedence: levelAnd, Summary: "The left value where it counts as false, else the right one, which is computed only then.", Examples: []Example{
			gives(`1.count > 2 & 1.yes`, `true`), gives(`1.missing & 1`, ``),
		}},
		{Sign: "&&", Precedence: levelAnd, AppOnly: true, Summary: "The same.", Examples: []Example{gives(`true && 'x'`, `"x"`)}},
		{Sign: "=", Precedence: levelEqual, Summary: "Equal; see below for values of different types.", Examples: []Example{
			gives(`1.count = "3"`, `true`), gives(`1.name = "ada"`, `false`), gives(`1.missing = emptystring`, `true`),
		}},
		{Sign: "!=", Precedence: levelEqual, Summary: "Not equal.", Examples: []Example{gives(`1.name != null`, `true`)}},
		{Sign: "==", Precedence: levelEqual, AppOnly: true, Summary: "The same as =.", Examples: []Example{gives(`1 == '1'`, `true`)}},
		{Sign: "===", Precedence: levelEqual, AppOnly: true, Summary: "Equal in type and content.", Examples: []Example{gives(`1 === '1'`, `false`), gives(`parameters.none === undefined`, `true`)}},
		{Sign: "!==", Precedence: levelEqual, AppOnly: true, Summary: "Not equal in type or content.", Examples: []Example{gives(`1 !== '1'`, `true`)}},
		{Sign: "<", Precedence: levelCompare, Summary: "Less; see below for values of different types.", Examples: []Example{gives(`9 < "10"`, `true`), gives(`"a" < "b"`, `true`)}},
		{Sign: "<=", Precedence: levelCompare, Summary: "Less or equal.", Examples: []Example{gives(`2 <= 2`, `true`)}},
		{Sign: ">", Precedence: levelCompare, Summary: "Greater.", Examples: []Example{gives(`now > "2026-01-01"`, `true`), gives(`1.missing > 0`, `false`)}},
		{Sign: ">=", Precedence: levelCompare, Summary: "Greater or equal.", Examples: []Example{gives(`1.count >= 3`, `true`)}},
		{Sign: "+", Precedence: levelAdd, Summary: "Adds numbers, booleans (1 or 0) and dates (milliseconds); joins as text as soon as one side is anything else.", Examples: []Example{
			gives(`1 + 2`, `3`), gives(`1.price + 1`, `"12.501"`), gives(`1.name + space + 1.count`, `"Ada 3"`),
		}},
		{Sign: "-", Precedence: levelAdd, Summary: "Subtracts; of two dates it gives milliseconds.", Examples: []Example{
			gives(`1.price - 1`, `11.5`), gives(`parseDate("2026-01-02") - parseDate("2026-01-01")`, `86400000`),
		}},
		{Sign: "*", Precedence: levelMultiply, Summary: "Multiplies.", Examples: []Example{
			gives(`2 + 3 * "4"`, `14`), fails(`2 * "x"`, `operator *: expected a number, got the text "x"`),
		}},
		{Sign: "/", Precedence: levelMultiply, Summary: "Divides.", Examples: []Example{gives(`7 / 2`, `3.5`), fails(`1 / 0`, `operator /: division by zero`)}},
		{Sign: "%", Precedence: levelMultiply, Summary: "The rest of a division, with the sign of the first number.", Examples: []Example{gives(`7 % 3`, `1`), gives(`-7 % 3`, `-1`)}},
		{Sign: "-x", Precedence: levelUnary, Summary: "The number with the opposite sign.", Examples: []Example{gives(`-1.count`, `-3`)}},
		{Sign: "!x", Precedence: levelUnary, AppOnly: true, Summary: "Not: true where the value counts as false.", Examples: []Example{gives(`!parameters.none`, `true`)}},
	}
}
