package Lamp;

use strict;

=encoding utf8

=head1 NAME

Lamp - switches B<lamps> on and off

=head1 SYNOPSIS

    use Lamp;

    my $lamp = Lamp->new(watts => 40);
    $lamp->on if $dark > 3;

=head1 METHODS

=head2 C<new>

Makes a lamp. Give it C<< watts => 40 >>, see L</Limits>, L<perlpod>, L<Other::Lamp/"Colours">
and L<the shop|https://lamps.example/shop?a=1>. 3 E<lt> 4, cafE<eacute>, E<0x201E>so, a E<verbar> b.X<watts>

=over 4

=item *

A bullet
of two lines.

A second paragraph of it.

=item * Another, with I<words B<in words>>

=over

=item 1.

First.

=item 2

Second.

=back

=back

=over

=item watts

How bright it is.

    watts => 60

=item colour

Which S<light it> gives.

=back

=cut

sub new {
    my ($class, %options) = @_;
    return bless {%options}, $class;
}

=begin html

<p>Only for browsers.</p>

=end html

=begin text

For all who read text.

=end text

=for comment
This is not shown.

=head2 Limits

At most 100 watts. Unclosed C<code stays.

=cut

sub on { $_[0]{on} = 1 }

1;
