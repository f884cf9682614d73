use super::super::bits::EntropyCoded;
use super::*;

/// One code of each length from 1 to 16, all ones but the last bit; the symbols are runs and sizes.
fn long_codes(alphabet: Alphabet) -> Table {
    let symbols = [1, 0x11, 0, 0xf0, 2, 0x21, 3, 0x31, 4, 0x41, 5, 0x51, 6, 0x61, 7, 8];
    Table::new(&Codes::new([1; 16], &symbols).unwrap(), alphabet).unwrap()
}

fn with_bits<T>(text: &str, work: impl FnOnce(&mut Bits) -> T) -> T {
    let digits: Vec<u8> = text.bytes().filter(|byte| *byte != b' ').map(|byte| byte - b'0').collect();
    let bytes: Vec<u8> = digits.chunks(8).map(|byte| byte.iter().fold(0, |sum, bit| sum << 1 | bit)).collect();
    let stuffed: Vec<u8> =
        bytes.into_iter().flat_map(|byte| [byte, 0].into_iter().take(1 + usize::from(byte == 255))).collect();
    let mut coded = EntropyCoded::new(&stuffed, 0);
    let mut bits = coded.bits().unwrap();
    work(&mut bits)
}

#[test]
fn codes_of_every_length_are_read_and_skipped_alike() {
    // Size 1, run 1 and size 1, a run of 16 zeros, size 7 behind a code of 15 bits, the end.
    let text = "0 1 10 0 1110 111111111111110 1000000 110 000000";
    for kept in [64, 21, 20, 4, 1] {
        let mut values = vec![0; kept];
        let table = long_codes(Alphabet::SequentialAc);
        let (result, rest) =
            with_bits(text, |bits| (table.coefficients(bits, (1, 64), 0, &mut values), bits.peek::<3>()));
        assert_eq!(result.map(|(ended, _)| ended), Ok(0), "{kept}");
        assert_eq!(rest, 0);
        let expected = [(1, 1), (3, -1), (20, 64)];
        for (index, value) in values.iter().enumerate() {
            let wanted = expected.iter().find(|(at, _)| *at == index).map_or(0, |(_, value)| *value);
            assert_eq!(*value, wanted, "{index} of {kept}");
        }
    }
}

#[test]
fn more_codes_than_their_lengths_allow_are_refused() {
    let counts = |first: [u8; 3]| std::array::from_fn(|at| first.get(at).copied().unwrap_or(0));
    assert!(Codes::new(counts([1, 1, 1]), &[1, 2, 3]).is_some());
    assert!(Codes::new(counts([2, 0, 0]), &[1, 2]).is_none());
    assert!(Codes::new(counts([1, 2, 0]), &[1, 2, 3]).is_none());
    assert!(Codes::new(counts([1, 1, 1]), &[1, 2]).is_none());
    assert!(Table::new(&Codes::new(counts([1, 0, 0]), &[12]).unwrap(), Alphabet::Dc).is_err());
}

#[test]
fn a_run_past_the_end_and_a_code_that_is_none_are_errors() {
    let table = long_codes(Alphabet::SequentialAc);
    let run_past_the_end = "1110".repeat(4);
    assert_eq!(with_bits(&run_past_the_end, |bits| table.coefficients(bits, (1, 64), 0, &mut [0; 5])), Err(BAD_RUN));
    let none = "1".repeat(32);
    assert_eq!(with_bits(&none, |bits| table.coefficients(bits, (1, 64), 0, &mut [0; 5])), Err(BAD_CODE));
}
